import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { fieldTraits, sqlTypeOf } from './field-types.ts'

type Shape = Pick<FieldDefinition, 'type' | 'list'>

/** How the values of a field become values of another type. */
export type TypeChange =
  /** They already are. */
  | 'none'
  /** There is no way that keeps every value what it means. */
  | 'impossible'
  /** By this expression, which fails for a value that does not fit; `input` is the text it reads, where it reads text. */
  | { readonly using: string; readonly input?: string }

/** Types whose values can be read from text, where the text spells one. */
const readable = ['uuid', 'int', 'double', 'decimal', 'bool', 'timestamp', 'date']

/** How a column changes from one type to another, losing nothing. */
export function typeChange(from: Shape, to: Shape, column: string): TypeChange {
  const type = sqlTypeOf(to)
  if (sqlTypeOf(from) === type) return 'none'
  const { value: before } = fieldTraits[from.type]
  const { value: after } = fieldTraits[to.type]
  if (before === 'geopoint' || after === 'geopoint') return 'impossible'
  if (from.list) return after === 'json' ? { using: `to_jsonb(${column})` } : 'impossible'
  if (to.list) {
    const element = typeChange(from, { type: to.type }, column)
    if (element === 'impossible') return element
    const using = element === 'none' ? column : element.using
    return { using: `case when ${column} is not null then array[${using}] end` }
  }
  if (after === 'json') return { using: `to_jsonb(${column})` }
  // As the API writes it, so that a time stays ISO 8601.
  if (after === 'string') return { using: `to_jsonb(${column}) #>> '{}'` }
  if (before === 'string' && readable.includes(after)) return { using: `${column}::${type}`, input: column }
  if (before === 'int' && (after === 'double' || after === 'decimal')) return { using: `${column}::${type}` }
  // Through text: Postgres rounds when it casts between numbers; text is exact, and 1.5 fails to be an integer.
  if (before === 'double' && after === 'decimal') return { using: `${column}::text::numeric` }
  if ((before === 'double' || before === 'decimal') && after === 'int') {
    const whole = `trim_scale(${column}::text::numeric)::text`
    return { using: `${whole}::bigint`, input: whole }
  }
  if (before === 'date' && after === 'timestamp') return { using: `${column}::timestamp at time zone 'UTC'` }
  return 'impossible'
}
