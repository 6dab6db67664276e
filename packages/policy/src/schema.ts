/**
 * The types of a field. Each has one JavaScript form, the *model value*, in which rows are compared:
 *
 * - `bool` boolean · `string` string · `json` parsed JSON
 * - `int` (int8) number while safe, else bigint · `double` (float8) number
 * - `decimal` (numeric) canonical text, see decimal.ts
 * - `uuid` lower-case text
 * - `timestamp` (timestamptz) microseconds since 1970 in UTC: number while safe, else bigint, or ±Infinity
 * - `date` days since 1970, or ±Infinity
 * - `geopoint` opaque: can only be present or absent
 *
 * NULL, a missing key and JSON null are `undefined`: absent.
 */
export type ValueType =
  'bool' | 'int' | 'double' | 'decimal' | 'string' | 'uuid' | 'timestamp' | 'date' | 'json' | 'geopoint'

/** One field of a table as the language sees it. */
export interface FieldSchema {
  type: ValueType
  /** True for a one-dimensional array of `type`. */
  list?: boolean
  /** The plain, unquoted name of the SQL column; also the key of the field in a {@link Row}. */
  column: string
}

/** A table or collection that expressions can read. */
export interface TableSchema {
  /** The name authors use, as in `db.members`. */
  name: string
  /** The quoted, qualified SQL name, as in `"env_1"."members"`. */
  table: string
  fields: Record<string, FieldSchema>
  /** In a flexible table an unknown field is read from this jsonb column. */
  flexible?: { column: string }
}

/** A row of model values by SQL column. Every column of the table is an own property, absent is `undefined`. */
export type Row = Readonly<Record<string, unknown>>
