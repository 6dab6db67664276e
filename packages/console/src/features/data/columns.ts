import type { CollectionDefinition, FieldDefinition, FieldType } from '@cloudbox/protocol/collection'

/** One field of a collection as the grid shows it. */
export interface Column {
  readonly name: string
  readonly type: FieldType
  readonly list: boolean
  readonly isRequired: boolean
  /** False of what the server makes: id, times, computed fields. */
  readonly isWritable: boolean
  readonly isBuiltIn: boolean
  readonly definition: FieldDefinition
  readonly widthPx: number
}

const widths: Partial<Record<FieldType, number>> = {
  boolean: 96,
  integer: 112,
  number: 112,
  decimal: 112,
  date: 124,
  timestamp: 188,
  uuid: 148,
  relation: 148,
  select: 136,
  json: 220,
}

function column(name: string, definition: FieldDefinition, isBuiltIn = false): Column {
  return {
    name,
    type: definition.type,
    list: definition.list === true,
    isRequired: definition.required === true,
    isWritable: !isBuiltIn && definition.computed === undefined,
    isBuiltIn,
    definition,
    // Wide enough for what usually stands in it, and for its head.
    widthPx: Math.max(
      definition.list ? 220 : (widths[definition.type] ?? 200),
      Math.min(280, Math.round(40 + 8 * name.length + 7 * definition.type.length)),
    ),
  }
}

/** The columns of a collection in the order they are shown: what the server makes stands around what authors made. */
export function columnsOf({ fields }: Pick<CollectionDefinition, 'fields'>): Column[] {
  return [
    column('id', { type: 'uuid', required: true, unique: true }, true),
    ...Object.entries(fields).map(([name, definition]) => column(name, definition)),
    column('createdAt', { type: 'timestamp', required: true }, true),
    column('updatedAt', { type: 'timestamp', required: true }, true),
  ]
}

const texts = new Set<FieldType>(['text', 'email', 'url', 'select', 'file'])

/** Whether it holds texts. */
export function isText({ type }: Pick<Column, 'type'>): boolean {
  return texts.has(type)
}

export function isNumber({ type }: Pick<Column, 'type'>): boolean {
  return type === 'integer' || type === 'number' || type === 'decimal'
}

/** What is too large for a cell is edited in a dialog. */
export function isEditedApart({ type, list }: Pick<Column, 'type' | 'list'>): boolean {
  return list || type === 'json' || type === 'geopoint'
}

/** The field by which people know a document: the first text. */
export function labelFieldOf({ fields }: Pick<CollectionDefinition, 'fields'>): string | undefined {
  const entries = Object.entries(fields)
  const named = entries.find(([name, { type }]) => /^(name|title|label|email)$/.test(name) && texts.has(type))
  return (named ?? entries.find(([, { type, list }]) => texts.has(type) && list !== true))?.[0]
}
