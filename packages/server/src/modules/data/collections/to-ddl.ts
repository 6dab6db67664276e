import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Defined } from './define.ts'
import { fieldSteps } from './field-ddl.ts'
import { createIndexes, dropIndexes } from './index-ddl.ts'
import { partName } from './names.ts'
import { planFields } from './plan-fields.ts'
import { createPolicies, dropPolicies } from './policy-ddl.ts'
import { quote } from './quote.ts'
import { grantAdded } from './adoption-ddl.ts'
import { renameFields, renameSteps } from './rename-ddl.ts'

/** Where a table lives and what its server can do. */
export interface Target {
  readonly schema: string
  /** The role of direct SQL connections. */
  readonly role: string
  /** Major version of Postgres. */
  readonly version: number
  /** The database's own collation sorts text by code point, as expressions do. */
  readonly sortsByCodePoint: boolean
  /** Schema of the extension pg_trgm. */
  readonly trigramSchema: string
}

/** One statement of a change of structure. */
export interface Step {
  readonly text: string
  /** What documents that are already there may fail at. */
  readonly demand?: {
    /** Where in the definition. */
    readonly at: string
    /** What each document has to fulfil, in words. */
    readonly message: string
    /** SQL that is true for a document that does not. */
    readonly misfit?: string
  }
  /** The statement asks for names of unknown fields; the change is refused when there are any, with this advice. */
  readonly refusesUnknownFields?: { readonly at: string; readonly hint: string }
}

/** A change of one collection. */
export interface StructureChange {
  /** Absent when the collection is made. */
  readonly before?: CollectionDefinition | undefined
  readonly after: Defined
  /** Old name of a field → its new name. */
  readonly renames?: ReadonlyMap<string, string>
  /** Field → SQL that gives its new value, where its type alone does not say how it changes. */
  readonly using?: ReadonlyMap<string, string> | undefined
}

/** The statements that turn one structure into another, in order. Pure; they are run in one transaction. */
export function toDdl(
  { before, after, renames = new Map(), using = new Map() }: StructureChange,
  target: Target,
): Step[] {
  const { name } = after.definition
  const start = before === undefined ? { name, fields: {} } : renameFields(before, name, renames)
  const plan = planFields(start, after.definition, using)
  return [
    ...(before === undefined
      ? createTable(name, target)
      : // Policies may read any column; without them every column can change.
        [...dropPolicies(before, target), ...renameSteps(before, start, renames, target)]),
    ...dropIndexes(start, after, plan, target),
    ...fieldSteps(start, after, plan, target, using),
    ...grantAdded(after.definition, plan, target),
    ...createIndexes(start, after, plan, target),
    ...createPolicies(after, target),
  ]
}

/** The statements that remove a collection with its documents. */
export function toDropDdl({ name }: CollectionDefinition, { schema }: Pick<Target, 'schema'>): Step[] {
  return [{ text: `drop table ${quote(schema, name)}` }]
}

function createTable(name: string, { schema, role, version }: Target): Step[] {
  const table = quote(schema, name)
  const newId = version >= 18 ? 'uuidv7()' : 'cb.uuid_v7()'
  return [
    `create table ${table} (
      id uuid default ${newId} constraint ${quote(partName(name, 'pkey'))} primary key,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now())`,
    // Live queries need the whole old row to know which documents leave them.
    `alter table ${table} replica identity full`,
    `create trigger touch_updated_at before update on ${table} for each row
      when (old.updated_at is not distinct from new.updated_at) execute function cb.touch_updated_at()`,
    // Guards the environment's own role; the platform's, which owns the table, brings its policies in each statement.
    `alter table ${table} enable row level security`,
    `grant select, insert, update, delete on ${table} to ${quote(role)}`,
  ].map(text => ({ text }))
}
