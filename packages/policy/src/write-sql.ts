import { isList, READS, type Node, type Parameter, type Type } from './ir.ts'
import { translateRegex } from './regex.ts'
import { quoteName, quoteText, sqlType } from './sql-text.ts'

/** How the leaves of an expression look in the SQL at hand. */
export interface SqlDialect {
  column(row: 'doc' | 'next', column: string): string
  /** A typed constant or placeholder; absent is NULL. */
  literal(type: Type, value: unknown): string
  parameter(path: Parameter): string
  /** Put parameters into sub-selects, which Postgres computes once per statement and not per row. */
  hoistParameters: boolean
  /** False where Postgres takes no sub-select; a quantifier then throws. */
  allowsSubselect: boolean
  /** `COLLATE "C"` with a leading space where the database does not order by code point, else empty. */
  collation: string
}

/** Thrown for an expression that the place it is meant for cannot hold. */
export class UnsupportedSqlError extends Error {
  override readonly name = 'UnsupportedSqlError'
}

const INT_OPERATORS = { '+': '+', '-': '-', '*': '*' } as const
const DOUBLE_FUNCTIONS = {
  '+': 'double_add',
  '-': 'double_subtract',
  '*': 'double_multiply',
  '/': 'double_divide',
  '%': '',
}
const TIME_PARTS = {
  year: ['year', 0],
  month: ['month', 1],
  dayOfMonth: ['day', 1],
  dayOfWeek: ['dow', 0],
  hours: ['hour', 0],
  minutes: ['minute', 0],
  seconds: ['second', 0],
} as const

/**
 * Writes an expression as SQL with the three-valued logic of Postgres itself: NULL is unknown. Every fragment is
 * total: Postgres does not promise an order of evaluation, so one row that raises would fail the statement, and
 * under row security tell that the row exists.
 */
export function writeSql(root: Node, dialect: SqlDialect): string {
  const { collation } = dialect
  const aliases = new Map<string, string>()
  let isHoisted = !dialect.hoistParameters

  /** A fresh alias for a macro variable. Authors' names never reach the SQL, so they can capture nothing. */
  function aliasOf(variable: string): string {
    const alias = aliases.get(variable) ?? `_v${aliases.size + 1}`
    aliases.set(variable, alias)
    return alias
  }

  /** Collation "C", which `lower(x COLLATE "C")` hands on too, knows no letters beyond ASCII: ILIKE must not take it. */
  function likeCollation(node: Node & { op: 'like' }): string {
    if (!node.ignoreCase) return collation
    return collation === '' && node.args[0].op === 'column' ? '' : ' COLLATE "default"'
  }

  function write(node: Node): string {
    if (!isHoisted && node.reads === READS.parameter && node.free.length === 0) {
      isHoisted = true
      const inner = `(SELECT ${writeOperator(node)})`
      isHoisted = false
      // Without the cast, = ANY ((SELECT …)) would be read as a sub-query.
      return isList(node.type) ? `(${inner}::${sqlType(node.type)})` : inner
    }
    return writeOperator(node)
  }

  function writeOperator(node: Node): string {
    switch (node.op) {
      case 'literal':
        return node.type === 'bool' && node.value !== undefined
          ? String(node.value)
          : dialect.literal(node.type, node.value)
      case 'column':
        return dialect.column(node.row, node.column)
      case 'member':
        return `${aliasOf(node.variable)}.${quoteName(node.column)}`
      case 'variable':
        return `${aliasOf(node.name)}.e`
      case 'parameter':
        return dialect.parameter(node.path)
      case 'select':
        return typeof node.key === 'number'
          ? `cb.json_item(${write(node.args[0])}, ${node.key})`
          : `(${write(node.args[0])} -> ${quoteText(node.key).trim()}::text)`
      case 'and':
      case 'or':
        return `(${node.args.map(write).join(node.op === 'and' ? ' AND ' : ' OR ')})`
      case 'not': {
        const [inner] = node.args
        if (inner.op === 'compare' && inner.comparison === '==') return writeComparison(inner.args, '<>')
        return `(NOT ${write(inner)})`
      }
      case 'compare':
        return writeComparison(node.args, node.comparison === '==' ? '=' : node.comparison)
      case 'json-equals':
        return `cb.json_equals(${write(node.args[0])}, ${write(node.args[1])})`
      case 'among':
        return writeAmong(node)
      case 'in-list':
        return `(${write(node.args[0])}${collate(node.args[0])} = ANY (${write(node.args[1])}))`
      case 'has':
        return `(${present(node.args[0])} IS NOT NULL)`
      case 'text-test':
        return writeTextTest(node)
      case 'matches':
        return `(${write(node.args[0])}${collation} ~ ${dialect.literal('string', regexOf(node.pattern))})`
      case 'like':
        return `(${write(node.args[0])}${likeCollation(node)} ${node.ignoreCase ? 'ILIKE' : 'LIKE'} ${dialect.literal('string', node.pattern)})`
      case 'list-test': {
        const operator = { contains: '@>', containedBy: '<@', overlaps: '&&' }[node.test]
        return `(${write(node.args[0])} ${operator} ${write(node.args[1])})`
      }
      case 'quantifier':
        return writeQuantifier(node)
      case 'lookup': {
        if (!dialect.allowsSubselect) throw new UnsupportedSqlError('a lookup cannot stand here')
        const alias = aliasOf(node.variable)
        return `EXISTS (SELECT 1 FROM ${node.table.table} AS ${alias} WHERE ${write(node.args[0])})`
      }
      case 'conditional': {
        const [condition, whenTrue, whenFalse] = node.args
        // Not ELSE, which would take unknown for false; and the condition is written once.
        return `(CASE ${write(condition)} WHEN true THEN ${write(whenTrue)} WHEN false THEN ${write(whenFalse)} END)`
      }
      case 'or-else':
        return `COALESCE(${present(node.args[0])}, ${write(node.args[1])})`
      case 'convert':
        return writeConversion(node)
      case 'arithmetic':
        return writeArithmetic(node)
      case 'concat':
        return `(${write(node.args[0])} || ${write(node.args[1])})`
      case 'lower':
        return `lower(${write(node.args[0])} COLLATE "C")`
      case 'size': {
        const [operand] = node.args
        const name =
          operand.type === 'string' ? 'char_length' : operand.type === 'json' ? 'cb.json_size' : 'cardinality'
        return `${name}(${write(operand)})`
      }
      case 'time-part': {
        const [field, offset] = TIME_PARTS[node.part]
        return `cb.time_part('${field}', ${write(node.args[0])}, ${offset})`
      }
      case 'in-set':
        throw new UnsupportedSqlError('a lookup set exists outside of SQL only')
    }
  }

  const collate = (node: Node) => (node.type === 'string' ? collation : '')
  /** JSON null is absent. */
  const present = (node: Node) =>
    node.type === 'json' ? `NULLIF(${write(node)}, 'null'::jsonb)` : write(node)
  /** Integers compute as numeric, which neither overflows nor rounds. */
  function numeric(node: Node): string {
    if (node.op === 'arithmetic' && node.type === 'int') return write(node)
    const text = write(node)
    return node.op === 'literal' ? text.replace(/::int8$/, '::numeric') : `(${text})::numeric`
  }

  function writeComparison([left, right]: readonly [Node, Node], operator: string): string {
    return `(${write(left)}${collate(left)} ${operator} ${write(right)})`
  }

  function writeAmong(node: Node & { op: 'among' }): string {
    const [needle, ...items] = node.args
    const list = `list<${needle.type as 'int'}>` as const
    if (items.every(item => item.op === 'literal')) {
      const values = items.map(item => item.op === 'literal' && item.value)
      return `(${write(needle)}${collate(needle)} = ANY (${dialect.literal(list, values)}))`
    }
    const isInt = needle.type === 'int' || needle.type === 'duration'
    const written = items.map(item => (isInt ? numeric(item) : write(item))).join(', ')
    return `(${write(needle)}${collate(needle)} = ANY (ARRAY[${written}]::${isInt ? 'numeric[]' : sqlType(list)}))`
  }

  function writeTextTest(node: Node & { op: 'text-test' }): string {
    const [text, part] = node.args.map(write)
    switch (node.test) {
      case 'startsWith':
        return `starts_with(${text}, ${part})`
      case 'contains':
        return `(strpos(${text}${collation}, ${part}) > 0)`
      case 'endsWith':
        return `cb.ends_with(${text}, ${part})`
    }
  }

  function writeQuantifier(node: Node & { op: 'quantifier' }): string {
    if (!dialect.allowsSubselect)
      throw new UnsupportedSqlError('exists(), all() and in on JSON cannot stand here')
    const [list, body] = node.args
    const alias = aliasOf(node.variable)
    const isJson = list.type === 'json'
    const isSimple = isJson
      ? list.op !== 'conditional' && list.op !== 'or-else' && list.op !== 'select'
      : list.args.length === 0
    const source = isSimple ? write(list) : `${alias}l.l`
    const guard = isJson ? `jsonb_typeof(${source}) = 'array'` : `${source} IS NOT NULL`
    const elements = `${isJson ? 'jsonb_array_elements' : 'unnest'}(${source}) AS ${alias}(e)`
    // ANY and ALL keep unknown, which EXISTS and bool_or lose; the guard keeps an absent list unknown.
    const test = `true = ${node.every ? 'ALL' : 'ANY'} (SELECT ${write(body)} FROM ${elements})`
    const guarded = `CASE WHEN ${guard} THEN ${test} END`
    return isSimple ? `(${guarded})` : `(SELECT ${guarded} FROM (SELECT ${write(list)} AS l) AS ${alias}l)`
  }

  function writeConversion(node: Node & { op: 'convert' }): string {
    const [operand] = node.args
    const from = operand.type
    const text = write(operand)
    if (from === 'json') {
      if (node.type === 'double') return `cb.json_number(${text})`
      return node.type === 'string' ? `cb.json_text(${text})` : `cb.json_bool(${text})`
    }
    if (from === 'string' && node.type !== 'uuid') return `cb.text_${node.type}(${text})`
    if (from === 'double' && node.type === 'int') return `cb.double_int(${text})`
    switch (node.type) {
      case 'double':
        return isColumnWide(operand) ? `(${text})::float8` : `cb.int_double(${numeric(operand)})`
      case 'int':
        return `cb.int_fit(${numeric(operand)})`
      case 'uuid':
        return `cb.to_uuid(${text})`
      case 'date':
        return `cb.time_date(${text})`
      default:
        return `(${text})::${sqlType(node.type)}`
    }
  }
  /** Cannot exceed an int8. */
  const isColumnWide = (node: Node) =>
    node.op === 'column' || node.op === 'member' || node.op === 'variable' || node.op === 'size'

  function writeArithmetic(node: Node & { op: 'arithmetic' }): string {
    const [left, right] = node.args
    if (node.type === 'timestamp') {
      return `cb.time_add(${write(left)}, ${node.operator === '-' ? `(-${numeric(right)})` : numeric(right)})`
    }
    if (node.type === 'duration') return `cb.time_between(${write(left)}, ${write(right)})`
    if (node.type === 'double')
      return `cb.${DOUBLE_FUNCTIONS[node.operator]}(${write(left)}, ${write(right)})`
    if (node.operator === '/') return `div(${numeric(left)}, NULLIF(${numeric(right)}, 0))`
    if (node.operator === '%') return `mod(${numeric(left)}, NULLIF(${numeric(right)}, 0))`
    return `(${numeric(left)} ${INT_OPERATORS[node.operator]} ${numeric(right)})`
  }

  return write(root)
}

function regexOf(source: string): string {
  const regex = translateRegex(source)
  if ('mistake' in regex) throw new UnsupportedSqlError(`pattern: ${regex.mistake}`)
  return regex.pattern
}
