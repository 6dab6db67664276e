import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { toValue } from '@cloudbox/protocol/records/to-value'
import type { Column } from '../columns.ts'
import { inferField } from './infer-field.ts'
import type { FileRecord, FileTable } from './read-file.ts'

/** What becomes of a column of the file. */
export interface ColumnPlan {
  readonly column: string
  /** The field it goes to; undefined: it is left out. */
  readonly field: string | undefined
  /** What that field is. */
  readonly definition: FieldDefinition
  /** The field has to be made first. */
  readonly isNew: boolean
}

/** A name a field may have, made of what stands in a header: `Full name` → `fullName`. */
export function fieldNameOf(header: string): string {
  const words = header
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_]+/g, ' ')
    .trim()
    .split(' ')
  const joined = words
    .map((word, i) => (i === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
    .join('')
  return joined.replace(/^[^A-Za-z]+/, '').slice(0, 60) || 'field'
}

const madeByServer = new Set(['createdAt', 'updatedAt'])

/** Columns go to the fields of their names; the others become new fields, where those may be made. */
export function planImport(table: FileTable, columns: readonly Column[], mayAdd: boolean): ColumnPlan[] {
  const known = new Map(columns.map(column => [column.name.toLowerCase(), column]))
  return table.columns.map(column => {
    const name = fieldNameOf(column)
    const target = known.get(column.toLowerCase()) ?? known.get(name.toLowerCase())
    if (target !== undefined) {
      const isTaken = madeByServer.has(target.name) || (!target.isWritable && target.name !== 'id')
      return { column, field: isTaken ? undefined : target.name, definition: target.definition, isNew: false }
    }
    return {
      column,
      field: mayAdd ? name : undefined,
      definition: inferField(column, table.records),
      isNew: true,
    }
  })
}

/** The document a row becomes. */
export function documentOf(
  { cells }: FileRecord,
  plan: readonly ColumnPlan[],
): Readonly<Record<string, unknown>> {
  const values = plan.flatMap(({ column, field, definition }) => {
    const cell = cells[column]
    if (field === undefined || cell === undefined) return []
    const value = 'value' in cell ? cell.value : toValue(cell, definition)
    return value === undefined || value === null ? [] : [[field, value] as const]
  })
  return Object.fromEntries(values)
}

/** Fields that have to be made before the rows are written. */
export function newFields(plan: readonly ColumnPlan[]): Readonly<Record<string, FieldDefinition>> {
  return Object.fromEntries(
    plan.flatMap(({ field, definition, isNew }) =>
      isNew && field !== undefined ? [[field, definition]] : [],
    ),
  )
}
