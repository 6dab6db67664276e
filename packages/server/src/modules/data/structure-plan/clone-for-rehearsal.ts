import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { extraColumn } from '../collection.ts'
import { columnOf } from '../collections/field-types.ts'
import { quote } from '../collections/quote.ts'
import { RunningChange } from '../collections/running-change.ts'
import type { ServerTraits } from '../collections/server-traits.ts'
import type { StoredCollection } from '../collections/stored.ts'
import { systemCollections } from '../collections/system-collections.ts'
import { bareCollection } from './bare.ts'
import { relationsOf } from './relations-of.ts'
import type { StructureStep } from './structure-step.ts'

interface Source {
  /** Becomes what the copy holds: without the policies, which nobody is to be kept from. */
  readonly stored: Map<string, StoredCollection>
  readonly steps: readonly StructureStep[]
  readonly traits: ServerTraits
}

/** The tables of this module that a plan writes to. */
const ownTables = ['data_collections', 'data_structure_plans', 'data_trash']

/**
 * Makes temporary tables like those of an environment, with the documents of the collections that will change and of
 * those they point to. Answers the schema of this connection's temporary tables.
 */
export async function cloneForRehearsal(
  db: Database,
  environment: Environment,
  { stored, steps, traits }: Source,
): Promise<string> {
  return db.transaction(
    async tx => {
      await tx.script(
        ownTables
          .map(name => `create temp table ${name} (like ${quote(environment.schema, name)} including all)`)
          .concat('create temp sequence data_collection_versions')
          .join(';\n'),
      )
      const [{ schema } = { schema: '' }] = await tx.query<{ schema: string }>(
        sql`select nspname as schema from pg_namespace where oid = pg_my_temp_schema()`,
      )
      const target = { ...traits, schema, role: environment.role }
      const originals = [...stored.values()].map(({ definition }) => definition)
      const inside = { ...environment, schema }
      stored.clear()
      const change = new RunningChange(tx, inside, stored, target)
      const filled = collectionsOf(originals, steps)
      for (const definition of originals) {
        const bare = bareCollection(lenient(definition))
        await change.put(undefined, bare)
        if (filled.has(definition.name)) await tx.script(copyText(definition, environment.schema, schema))
      }
      for (const { policies: _policies, ...definition } of originals) {
        const { name } = definition
        // A module's own fields keep no constraints, as in its table.
        await change.put(change.get(name).definition, lenient(definition))
        change.list(definition)
      }
      return schema
    },
    { isolation: 'repeatable read', statementTimeoutMs: 300_000 },
  )
}

/** What steps are about, and what that points to. */
function collectionsOf(
  definitions: readonly CollectionDefinition[],
  steps: readonly StructureStep[],
): Set<string> {
  const touched = new Set(steps.map(step => step.collection))
  const pointedTo = definitions.flatMap(definition =>
    touched.has(definition.name) ? relationsOf(definition) : [],
  )
  const wanted = steps.flatMap(step => ('field' in step && 'after' in step ? (step.after.to ?? []) : []))
  return new Set([...touched, ...pointedTo, ...wanted])
}

function lenient(definition: CollectionDefinition): CollectionDefinition {
  const own = systemCollections.get(definition.name)?.definition.fields
  if (own === undefined) return definition
  const fields = Object.entries(definition.fields).map(([name, field]) => [
    name,
    Object.hasOwn(own, name) ? withoutChecks(field) : field,
  ])
  return { ...definition, fields: Object.fromEntries(fields) as CollectionDefinition['fields'] }
}

function withoutChecks({
  min: _min,
  max: _max,
  pattern: _pattern,
  ...field
}: FieldDefinition): FieldDefinition {
  return field.type === 'email' || field.type === 'url' ? { ...field, type: 'text' } : field
}

function copyText({ name, fields, flexible }: CollectionDefinition, from: string, to: string): string {
  const stored = Object.entries(fields).flatMap(([field, { computed }]) =>
    computed === undefined ? [field] : [],
  )
  const columns = [
    ...['id', 'createdAt', 'updatedAt'].map(columnOf),
    ...stored,
    ...(flexible ? [extraColumn] : []),
  ].map(column => quote(column))
  const list = columns.join(', ')
  return `insert into ${quote(to, name)} (${list}) select ${list} from ${quote(from, name)}`
}
