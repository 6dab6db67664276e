import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { Defined } from '../collections/define.ts'

/**
 * A collection as rows are copied into it: every column with its own limits, and nothing that compares a row with others:
 * no relations, indexes and policies. What a table has `before` stays as it is there.
 */
export function bareCollection(
  { definition, computed }: Defined,
  before: CollectionDefinition | undefined,
): Defined {
  const fields = Object.entries(definition.fields).map(([name, field]) => [
    name,
    before?.fields[name] ?? bareField(field),
  ])
  return {
    definition: {
      ...definition,
      fields: Object.fromEntries(fields),
      indexes: before?.indexes ?? [],
      policies: {},
    },
    computed,
    indexFilters: [],
    policies: new Map(),
  }
}

function bareField({
  unique: _unique,
  to: _to,
  onDelete: _onDelete,
  ...field
}: FieldDefinition): FieldDefinition {
  return field.type === 'relation' ? { ...field, type: 'uuid' } : field
}
