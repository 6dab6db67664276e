import { check } from '@cloudbox/policy/check'
import type { Checked } from '@cloudbox/policy/checked'
import { toGenerated } from '@cloudbox/policy/to-ddl'
import { indexName } from '@cloudbox/protocol/canonical'
import type { IndexDefinition } from '@cloudbox/protocol/collection'
import { closestName } from '../../../lib/closest-name.ts'
import type { Collection, Field } from '../collection.ts'
import { fieldTraits } from './field-types.ts'
import { indexField } from './indexes.ts'
import type { Mistakes } from './mistakes.ts'
import { tableSchema } from './table-schema.ts'

/** Checks every index. Answers their filters, in order. */
export function checkIndexes(collection: Collection, mistakes: Mistakes): (Checked | undefined)[] {
  const names = new Set<string>()
  return (collection.definition.indexes ?? []).map((index, i) => {
    const at = `/indexes/${i}`
    const name = indexName(index)
    if (names.has(name)) mistakes.add(at, `there are two indexes "${name}"`, 'Give one of them another name.')
    names.add(name)
    if (index.unique && (index.kind ?? 'btree') !== 'btree') {
      mistakes.add(`${at}/unique`, `an index of kind ${index.kind} cannot be unique`)
    }
    // The author of an index of a system collection did not choose what is personal there.
    if (index.unique && collection.system === undefined) checkUniqueNames(index, at, collection, mistakes)
    index.fields.forEach((entry, f) => checkEntry(index, entry, `${at}/fields/${f}`, collection, mistakes))
    if (index.where === undefined) return undefined
    const { where } = index
    return mistakes.try(`${at}/where`, () => {
      const filter = check(where, { doc: tableSchema(collection), auth: false, request: false })
      toGenerated(filter)
      return filter
    })
  })
}

/** Two people may get the same made-up name. */
function checkUniqueNames(
  { fields }: IndexDefinition,
  at: string,
  { definition }: Collection,
  mistakes: Mistakes,
): void {
  const name = fields
    .map(entry => indexField(entry).name)
    .find(name => definition.fields[name]?.pii === 'name')
  if (name === undefined) return
  const hint = `Write "pii": true at ${name}: letters are unique.`
  mistakes.add(
    `${at}/unique`,
    `"${name}" is a personal name, and names from a list come more than once`,
    hint,
  )
}

function checkEntry(
  index: IndexDefinition,
  entry: string,
  at: string,
  collection: Collection,
  mistakes: Mistakes,
): void {
  const { name, descending } = indexField(entry)
  const field = collection.fields.get(name)
  if (field === undefined) {
    const near = closestName(name, collection.fields.keys())
    mistakes.add(
      at,
      `there is no field "${name}"`,
      near === undefined ? undefined : `Did you mean "${near}"?`,
    )
    return
  }
  const kind = index.kind ?? 'btree'
  if (descending && kind !== 'btree') mistakes.add(at, `an index of kind ${kind} has no direction`)
  const fitting = kindsFor(field)
  if (!fitting.includes(kind)) {
    const shown = field.list ? 'a list' : `a ${field.type}`
    mistakes.add(
      at,
      `${kind} does not serve "${name}", ${shown}`,
      fitting.length === 0 ? undefined : `Use kind ${fitting.map(fit => `"${fit}"`).join(' or ')}.`,
    )
  }
}

function kindsFor(field: Field): NonNullable<IndexDefinition['kind']>[] {
  if (field.list || field.type === 'json') return ['gin']
  if (field.type === 'geopoint') return ['gist']
  return fieldTraits[field.type].sql === 'text' ? ['btree', 'trigram'] : ['btree']
}
