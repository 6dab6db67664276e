import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { extraColumn } from '../collection.ts'
import { fieldChecks } from './field-checks.ts'
import { indexesOf } from './indexes.ts'
import { partName } from './names.ts'
import { quote, quoteText } from './quote.ts'
import type { Step, Target } from './to-ddl.ts'

/** A definition under its new name and with its fields under theirs: what the table is after {@link renameSteps}. */
export function renameFields(
  before: CollectionDefinition,
  name: string,
  renames: ReadonlyMap<string, string>,
): CollectionDefinition {
  const renamed = (field: string): string => renames.get(field) ?? field
  const fields = Object.entries(before.fields).map(([field, definition]) => [
    renamed(field),
    definition.to === before.name ? { ...definition, to: name } : definition,
  ])
  const indexes = before.indexes?.map(index => ({
    ...index,
    fields: index.fields.map(entry =>
      entry.startsWith('-') ? `-${renamed(entry.slice(1))}` : renamed(entry),
    ),
  }))
  return {
    ...before,
    name,
    fields: Object.fromEntries(fields) as CollectionDefinition['fields'],
    ...(indexes === undefined ? {} : { indexes }),
  }
}

/** Renames the table, its columns and everything that is named after them. */
export function renameSteps(
  before: CollectionDefinition,
  after: CollectionDefinition,
  renames: ReadonlyMap<string, string>,
  { schema }: Target,
): Step[] {
  const table = quote(schema, after.name)
  const texts: string[] = []
  if (after.name !== before.name) {
    texts.push(`alter table ${quote(schema, before.name)} rename to ${quote(after.name)}`)
  }
  for (const [from, to] of renames) {
    texts.push(`alter table ${table} rename column ${quote(from)} to ${quote(to)}`)
    const definition = before.fields[from]!
    const constraints = fieldChecks(from, definition).map(check => check.kind as string)
    if (definition.type === 'relation') constraints.push('relation')
    for (const kind of constraints) {
      texts.push(
        `alter table ${table} rename constraint ${quote(partName(from, kind))} to ${quote(partName(to, kind))}`,
      )
    }
  }
  const newIndexes = indexesOf(after)
  const indexes = indexesOf(before).map((index, i) => [index.name, newIndexes[i]!.name])
  for (const [from, to] of [['pkey', 'pkey'], ...indexes]) {
    const names = [partName(before.name, from!), partName(after.name, to!)] as const
    if (names[0] !== names[1])
      texts.push(`alter index ${quote(schema, names[0])} rename to ${quote(names[1])}`)
  }
  const steps: Step[] = texts.map(text => ({ text }))
  if (before.flexible && renames.size > 0) steps.push(refuseTakenNames(table, [...renames.values()]))
  return steps
}

/** What documents have under such a name would stay in them, hidden by the renamed field. */
function refuseTakenNames(table: string, names: readonly string[]): Step {
  const wanted = names.map(quoteText).join(', ')
  return {
    text: `select wanted.name from unnest(array[${wanted}]) wanted(name)
      where exists (select from ${table} document where document.${extraColumn} ? wanted.name)`,
    refusesUnknownFields: {
      at: '/rename',
      hint: 'Take another name, or remove the unknown fields from the documents first.',
    },
  }
}
