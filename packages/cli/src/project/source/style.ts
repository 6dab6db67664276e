/** How a file is written. */
export interface Style {
  readonly quote: "'" | '"'
  /** One step of indentation. */
  readonly step: string
  readonly semicolon: '' | ';'
}

export const usualStyle: Style = { quote: "'", step: '  ', semicolon: '' }

/** The style of a text, as most of it is written. */
export function styleOf(text: string): Style {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0
  const steps = [...text.matchAll(/^([ \t]+)\S/gm)].map(([, space]) => space!)
  return {
    quote: count(/"/g) > count(/'/g) ? '"' : "'",
    step:
      steps.reduce<string | undefined>(
        (least, space) => (least === undefined || space.length < least.length ? space : least),
        undefined,
      ) ?? usualStyle.step,
    semicolon: count(/;[ \t]*$/gm) > 0 ? ';' : '',
  }
}

/** Text that knows how to be broken into lines. */
type Doc = string | Group | Joined
interface Group {
  readonly open: string
  readonly close: string
  readonly items: readonly Doc[]
  /** It is broken even where it would fit. */
  readonly isBroken?: boolean
}
interface Joined {
  readonly before: string
  readonly doc: Doc
  readonly after: string
}

const width = 100

/** The text of a document at an indentation, where so much of the line is taken. */
export function render(
  doc: Doc,
  { step }: Pick<Style, 'step'>,
  indent: string,
  taken = indent.length,
): string {
  const line = flat(doc)
  if (line !== undefined && taken + line.length <= width) return line
  if (typeof doc === 'string') return doc
  if ('before' in doc)
    return doc.before + render(doc.doc, { step }, indent, taken + doc.before.length) + doc.after
  if (doc.items.length === 0) return (doc.open + doc.close).replaceAll(' ', '')
  const inner = indent + step
  const items = doc.items.map(item => `${inner}${render(item, { step }, inner)},\n`)
  return `${doc.open.trimEnd()}\n${items.join('')}${indent}${doc.close.trimStart()}`
}

function flat(doc: Doc): string | undefined {
  if (typeof doc === 'string') return doc.includes('\n') ? undefined : doc
  if ('before' in doc) {
    const text = flat(doc.doc)
    return text === undefined ? undefined : doc.before + text + doc.after
  }
  if (doc.items.length === 0) return `${doc.open.trimEnd()}${doc.close.trimStart()}`
  if (doc.isBroken === true) return undefined
  const items = doc.items.map(flat)
  return items.includes(undefined) ? undefined : `${doc.open}${items.join(', ')}${doc.close}`
}

export type { Doc }

/** A literal value. */
export function valueDoc(value: unknown, style: Style): Doc {
  if (typeof value === 'string') return quoted(value, style)
  if (Array.isArray(value)) return { open: '[', close: ']', items: value.map(one => valueDoc(one, style)) }
  if (typeof value !== 'object' || value === null) return String(value)
  return objectDoc(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([key, one]) => [key, valueDoc(one, style)]),
    style,
  )
}

export function objectDoc(
  entries: readonly (readonly [key: string, doc: Doc])[],
  style: Style,
  isBroken = false,
): Group {
  const items = entries.map(([key, doc]) => ({ before: `${keyText(key, style)}: `, doc, after: '' }))
  return { open: '{ ', close: ' }', items, isBroken }
}

export function keyText(key: string, style: Style): string {
  // Written plainly this one sets the prototype.
  if (key === '__proto__') return `[${quoted(key, style)}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key, style)
}

/** A text as literal, with the quotes that need fewer escapes. */
export function quoted(text: string, { quote }: Pick<Style, 'quote'>): string {
  const other = quote === "'" ? '"' : "'"
  const mark = text.includes(quote) && !text.includes(other) ? other : quote
  const inner = JSON.stringify(text).slice(1, -1)
  return mark === '"' ? `"${inner}"` : `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
