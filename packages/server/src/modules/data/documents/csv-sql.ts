import type { FieldType } from '@cloudbox/protocol/collection'
import { join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import type { Field } from '../collection.ts'
import { castFieldType } from './casts.ts'
import type { ValueOutput } from './plan.ts'
import { fieldSql } from './row-json.ts'
import { castSql } from './value-sql.ts'

/** A value on its way into a table of texts. */
export interface Cell {
  readonly name: string
  /** Its text; NULL for nothing. */
  readonly text: Sql
  /** People write it, so it may begin like a formula. */
  readonly isWritten: boolean
}

/** A field of `row` as a cell: what stands in JSON, without quotes; lists and objects as JSON. */
export function fieldCell(row: string, field: Field): Cell {
  const { name, type, list } = field
  if (list || type === 'geopoint')
    return { name, text: sql`to_json(${fieldSql(row, field)})::text`, isWritten: false }
  return textCell(
    name,
    castSql(row, { column: field.column, keys: [], asText: false, field }, undefined),
    type,
  )
}

/** A selected value of `row` as a cell. */
export function outputCell(row: string, { name, path, cast }: ValueOutput): Cell {
  if (path.field !== undefined && cast === undefined) return { ...fieldCell(row, path.field), name }
  const type = cast !== undefined ? castFieldType(cast) : path.asText ? 'text' : 'json'
  return textCell(name, castSql(row, path, cast), type)
}

const plain: readonly FieldType[] = ['integer', 'number', 'decimal', 'boolean', 'date', 'uuid', 'relation']

function textCell(name: string, value: Sql, type: FieldType): Cell {
  // As in JSON: 2026-01-31T12:00:00+00:00.
  if (type === 'timestamp') return { name, text: sql`to_json(${value}) #>> '{}'`, isWritten: false }
  const isWritten = type !== 'json' && !plain.includes(type)
  return { name, text: isWritten ? value : sql`(${value})::text`, isWritten }
}

/** One line from columns `c0`, `c1` … of `row`. An empty text is `""`, nothing is nothing, as Postgres' COPY has it. */
export function lineSql(row: string, cells: readonly Cell[], escapesFormulas: boolean): Sql {
  const quoted = cells.map(({ isWritten }, i) => {
    const column = raw(`${row}."c${i}"`)
    const text =
      isWritten && escapesFormulas
        ? sql`case when ${column} ~ '^[-=+@\\t\\r]' then '''' || ${column} else ${column} end`
        : column
    return sql`coalesce(case when ${column} ~ '[",\\r\\n]|^$' then '"' || replace(${text}, '"', '""') || '"' else ${text} end, '')`
  })
  return join(quoted, ` || ',' || `)
}

/** The cells of one row under the names `c0`, `c1` … */
export function cellsSql(cells: readonly Cell[]): Sql {
  return join(cells.map(({ text }, i) => sql`${text} as ${raw(`"c${i}"`)}`))
}

/** A name as it stands in the first line. */
export function headerLine(cells: readonly Cell[]): string {
  return cells.map(({ name }) => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(',')
}
