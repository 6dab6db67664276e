/** How a condition compares a column, as far as an index can help. */
export type Comparison = 'equal' | 'range' | 'pattern' | 'contains'

/** A comparison of one column with something that is known before the row. */
export interface ColumnCondition {
  readonly column: string
  readonly comparison: Comparison
}

/** A condition all of whose alternatives compare columns. */
export type Condition = readonly ColumnCondition[]

const comparisons: Readonly<Record<string, Comparison>> = {
  '=': 'equal',
  '<': 'range',
  '>': 'range',
  '<=': 'range',
  '>=': 'range',
  '~~': 'pattern',
  '~~*': 'pattern',
  '@>': 'contains',
  '&&': 'contains',
}

/** The same seen from the other side: `5 < x`. What is contained is no longer what contains. */
const isMirrored: ReadonlySet<string> = new Set(['=', '<', '>', '<=', '>=', '&&'])

/**
 * Reads the filter of a plan, which Postgres writes with every parenthesis: `((d.country = $1) AND (d.age > $2))`. One
 * condition for each part that has to hold; an `OR` gives one with several columns. What an index cannot help with is
 * left out, and with it the whole `OR` it stands in. Pure.
 *
 * @param alias what the table is called in the plan
 */
export function readConditions(filter: string, alias: string): Condition[] {
  return split(unwrap(filter), 'AND').flatMap(part => {
    const alternatives = split(unwrap(part), 'OR').map(text => readComparison(unwrap(text), alias))
    return alternatives.every(found => found !== undefined) ? [alternatives as Condition] : []
  })
}

function readComparison(text: string, alias: string): ColumnCondition | undefined {
  const halves = splitAtOperator(text)
  if (halves === undefined) return columnOf(text, alias, 'equal')
  const { left, operator, right } = halves
  const comparison = comparisons[operator]
  if (comparison === undefined) return undefined
  const found = columnOf(left, alias, comparison)
  if (found !== undefined) return mentions(right, alias) ? undefined : found
  if (!isMirrored.has(operator) || mentions(left, alias)) return undefined
  return columnOf(right, alias, comparison)
}

/** `d.name`, `d."Name"`, `(d.name)::text`, without an alias where the plan knows one table only. */
function columnOf(text: string, alias: string, comparison: Comparison): ColumnCondition | undefined {
  let bare = unwrap(text.trim())
  const cast = /^\((.*)\)::[a-z ]+(\(\d+\))?(\[\])?$/.exec(bare)
  if (cast !== null) bare = unwrap(cast[1]!)
  const plain = new RegExp(
    `^(?:${escape(alias)}\\.|${escape(`"${alias}"`)}\\.)?(?:"((?:[^"]|"")+)"|([a-z_][a-z0-9_$]*))$`,
  )
  const match = plain.exec(bare)
  if (match === null || match[2] === 'true' || match[2] === 'false' || match[2] === 'null') return undefined
  return { column: match[1]?.replaceAll('""', '"') ?? match[2]!, comparison }
}

function mentions(text: string, alias: string): boolean {
  return new RegExp(`(^|[^a-z0-9_"])"?${escape(alias)}"?\\.`).test(text)
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}

/** Positions that stand outside of parentheses, brackets and quotes. */
function* outside(text: string): Generator<number> {
  let depth = 0
  let quote: string | undefined
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!
    if (quote !== undefined) {
      if (letter === quote) quote = undefined
      continue
    }
    if (letter === "'" || letter === '"') {
      if (depth === 0) yield i
      quote = letter
    } else if (letter === '(' || letter === '[') depth++
    else if (letter === ')' || letter === ']') depth--
    else if (depth === 0) yield i
  }
}

/** Without the parentheses around all of it. */
function unwrap(text: string): string {
  let bare = text.trim()
  while (bare.startsWith('(') && bare.endsWith(')') && outside(bare).next().done === true) {
    const isOne = closes(bare)
    if (!isOne) break
    bare = bare.slice(1, -1).trim()
  }
  return bare
}

/** The first parenthesis ends with the last letter. */
function closes(text: string): boolean {
  let depth = 0
  let quote: string | undefined
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!
    if (quote !== undefined) quote = letter === quote ? undefined : quote
    else if (letter === "'" || letter === '"') quote = letter
    else if (letter === '(') depth++
    else if (letter === ')' && --depth === 0) return i === text.length - 1
  }
  return false
}

function split(text: string, word: 'AND' | 'OR'): string[] {
  const between = ` ${word} `
  const parts: string[] = []
  let from = 0
  for (const i of outside(text)) {
    if (i < from || !text.startsWith(between, i)) continue
    parts.push(text.slice(from, i))
    from = i + between.length
  }
  return [...parts, text.slice(from)]
}

function splitAtOperator(text: string): { left: string; operator: string; right: string } | undefined {
  for (const i of outside(text)) {
    if (text[i] !== ' ') continue
    const operator = /^ ([<>=~@&|!*?#+/%^-]+) /.exec(text.slice(i, i + 8))?.[1]
    if (operator === undefined) continue
    return { left: text.slice(0, i), operator, right: text.slice(i + operator.length + 2) }
  }
  return undefined
}
