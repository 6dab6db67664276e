import fc from 'fast-check'
import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { MigrationOperation } from '@cloudbox/protocol/schema'
import { indexName } from '@cloudbox/protocol/canonical'

/** Numbers that decide everything, so that a failing example can be made smaller. */
export type Choices = readonly number[]

export const arbitraryChoices: fc.Arbitrary<Choices> = fc.array(fc.nat(1000), { minLength: 4, maxLength: 24 })

const fieldNames = ['one', 'two', 'three', 'four', 'five']
const fields: readonly FieldDefinition[] = [
  { type: 'text' },
  { type: 'integer' },
  { type: 'json' },
  { type: 'text', default: 'abcd' },
  { type: 'boolean' },
  { type: 'text', list: true },
]

/**
 * An operation that fits a structure, as somebody might write it by hand: names that are dropped come back, fields are
 * renamed and changed again and again. Undefined where the choice finds nothing.
 */
export function chooseOperation(
  definitions: readonly CollectionDefinition[],
  [what, where, which, how]: readonly [number, number, number, number],
): MigrationOperation | undefined {
  const known = definitions.filter(({ name }) => name !== 'users')
  const definition = known[where % Math.max(1, known.length)]
  const free = ['ants', 'bees', 'cats'].filter(name => !known.some(other => other.name === name))
  if (what % 8 === 0 && free.length > 0) {
    const made = { one: fields[which % fields.length]!, two: fields[how % fields.length]! }
    return {
      do: 'create-collection',
      definition: { name: free[which % free.length]!, fields: made, flexible: how % 2 === 0 },
    }
  }
  if (definition === undefined) return undefined
  const { name: collection } = definition
  const there = Object.keys(definition.fields)
  const field = there[which % Math.max(1, there.length)]
  const unused = fieldNames.filter(name => !there.includes(name))
  const fresh = unused[how % Math.max(1, unused.length)]
  switch (what % 8) {
    case 1:
    case 2:
      if (fresh === undefined) return undefined
      return { do: 'add-field', collection, field: fresh, definition: fields[which % fields.length]! }
    case 3:
      return field === undefined ? undefined : { do: 'drop-field', collection, field }
    case 4:
      if (field === undefined || definition.fields[field]!.computed !== undefined) return undefined
      return { do: 'change-field', collection, field, ...changeOf(how) }
    case 5:
      if (field === undefined || fresh === undefined) return undefined
      return { do: 'rename-field', collection, field, to: fresh }
    case 6:
      if (how % 3 === 0) return { do: 'set-flexible', collection, flexible: true }
      if (free.length === 0) return undefined
      return how % 3 === 1
        ? { do: 'rename-collection', collection, to: free[which % free.length]! }
        : { do: 'drop-collection', collection }
    case 7: {
      const index = { fields: [field ?? 'createdAt'] }
      const names = (definition.indexes ?? []).map(indexName)
      return names.includes(indexName(index))
        ? { do: 'drop-index', collection, index: indexName(index) }
        : { do: 'add-index', collection, definition: index }
    }
    default:
      return undefined
  }
}

function changeOf(
  how: number,
): Pick<Extract<MigrationOperation, { do: 'change-field' }>, 'definition' | 'using'> {
  const definition = fields[how % fields.length]!
  if (how % 4 !== 0) return { definition }
  const values = { text: `'x'`, integer: '7', json: `'{}'`, boolean: 'true' } as Record<string, string>
  const value = definition.list ? `array['x']` : values[definition.type]!
  return { definition, using: { sql: value } }
}
