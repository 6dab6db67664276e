import type { Placed } from './parse-source.ts'

/** Something in brackets: an object, an array or the arguments of a call. */
export interface Container {
  /** Behind the opening bracket. */
  readonly start: number
  /** Before the closing bracket. */
  readonly end: number
  readonly items: readonly Placed[]
}

/** What belongs to an item in the text: comments above it and behind it, and its comma. */
interface Extent {
  readonly start: number
  readonly end: number
  /** Nothing else stands on its lines. */
  readonly ownsLines: boolean
  /** Where its comma stands; -1 without. */
  readonly comma: number
}

/** A text without one of the items of a container. */
export function withoutItem(text: string, container: Container, item: number): string {
  const { items } = container
  const extent = extentOf(text, container, item)
  const isLast = item === items.length - 1
  let result = text
  if (extent.ownsLines) result = cut(result, extent.start, extent.end)
  else if (!isLast) result = cut(result, items[item]!.start, spaceAfter(text, extent.comma + 1))
  else if (item > 0) result = cut(result, items[item - 1]!.end, items[item]!.end)
  else result = cut(result, items[item]!.start, extent.comma === -1 ? items[item]!.end : extent.comma + 1)
  // Where the last one had no comma, the one before it must not keep its own.
  if (!isLast || item === 0 || extent.comma !== -1 || !extent.ownsLines) return result
  const { comma } = extentOf(text, container, item - 1)
  return comma === -1 ? result : cut(result, comma, comma + 1)
}

/** A text with another item, before the one that has that position now. */
export function withItem(text: string, container: Container, position: number, item: Indented): string {
  const { items, start, end } = container
  const { trailing = '' } = item
  if (items.length === 0) {
    const outer = indentAt(text, start)
    const inner = text.slice(start, end)
    if (inner.trim() === '' && item.isInline === true) return splice(text, start, end, item.text(outer))
    const kept = inner.trim() === '' ? '' : inner.trimEnd()
    const indent = `${outer}${item.step}`
    return splice(text, start, end, `${kept}\n${indent}${item.text(indent)},${trailing}\n${outer}`)
  }
  const before = position > 0 ? items[position - 1] : undefined
  if (before === undefined) {
    const extent = extentOf(text, container, 0)
    const indent = indentAt(text, items[0]!.start)
    if (!extent.ownsLines) return splice(text, items[0]!.start, items[0]!.start, `${item.text(indent)}, `)
    return splice(text, extent.start, extent.start, `${indent}${item.text(indent)},${trailing}\n`)
  }
  const extent = extentOf(text, container, position - 1)
  const indent = indentAt(text, before.start)
  if (!extent.ownsLines) return splice(text, before.end, before.end, `, ${item.text(indent)}`)
  if (extent.comma !== -1)
    return splice(text, extent.end, extent.end, `${indent}${item.text(indent)},${trailing}\n`)
  const added = splice(text, extent.end, extent.end, `${indent}${item.text(indent)}${trailing}\n`)
  return splice(added, before.end, before.end, ',')
}

/** Text of an item for the indentation it gets. */
export interface Indented {
  text(indent: string): string
  /** A comment behind it and its comma. */
  readonly trailing?: string
  /** One step of indentation. */
  readonly step: string
  /** Goes on one line with the brackets where nothing else is in them. */
  readonly isInline?: boolean
}

/** An item with the comments above it and behind it, to stand elsewhere in its container. */
export function itemOf(
  text: string,
  container: Container,
  item: number,
): Pick<Indented, 'text' | 'trailing'> {
  const extent = extentOf(text, container, item)
  const { start, end } = container.items[item]!
  if (!extent.ownsLines) return { text: () => text.slice(start, end) }
  const trailing = text.slice(extent.comma === -1 ? end : extent.comma + 1, extent.end).trimEnd()
  return { text: () => text.slice(extent.start, end).trimStart(), trailing }
}

export function splice(text: string, start: number, end: number, put: string): string {
  return text.slice(0, start) + put + text.slice(end)
}

function cut(text: string, start: number, end: number): string {
  return splice(text, start, end, '')
}

/** White space at the beginning of the line of a position. */
export function indentAt(text: string, position: number): string {
  const start = text.lastIndexOf('\n', position - 1) + 1
  return /^[ \t]*/.exec(text.slice(start, position))![0]
}

function extentOf(text: string, { items, start, end }: Container, item: number): Extent {
  const node = items[item]!
  const from = item === 0 ? start : commaAfter(text, items[item - 1]!.end, node.start) + 1
  const until = items[item + 1]?.start ?? end
  const comma = commaAfter(text, node.end, until)
  const afterComma = comma === -1 ? node.end : comma + 1
  // A comment behind it, on the same line.
  const rest = text.slice(afterComma, until)
  const [behind] = /^[ \t]*(?:\/\/[^\n]*|\/\*(?:(?!\*\/)[^\n])*\*\/[ \t]*)?/.exec(rest)!
  const lineEnd = afterComma + behind.length
  // What stands on the line of the bracket or the item before is not this one's.
  const lead = text.slice(from, node.start)
  const firstBreak = lead.indexOf('\n')
  const endsLine = text[lineEnd] === '\n' || text.startsWith('\r\n', lineEnd)
  const ownsLines =
    firstBreak !== -1 &&
    endsLine &&
    /^[ \t\r]*(?:\/\/.*|\/\*.*\*\/[ \t\r]*)?$/.test(lead.slice(0, firstBreak))
  if (!ownsLines) return { start: node.start, end: node.end, ownsLines, comma }
  const lineBreak = text.indexOf('\n', lineEnd) + 1
  return {
    start: from + firstBreak + 1 + blankLines(lead.slice(firstBreak + 1)),
    end: lineBreak,
    ownsLines,
    comma,
  }
}

function spaceAfter(text: string, position: number): number {
  return position + /^[ \t]*/.exec(text.slice(position))![0].length
}

/** A comment that is parted by an empty line belongs to nobody. */
function blankLines(lead: string): number {
  const last = [...lead.matchAll(/^[ \t\r]*\n/gm)].at(-1)
  return last === undefined ? 0 : last.index + last[0].length
}

/** The comma between two positions that is in no comment. */
function commaAfter(text: string, from: number, until: number): number {
  for (let at = from; at < until; at++) {
    if (text.startsWith('//', at)) at = text.indexOf('\n', at)
    else if (text.startsWith('/*', at)) at = text.indexOf('*/', at) + 1
    else if (text[at] === ',') return at
  }
  return -1
}
