import { setTimeout } from 'node:timers/promises'
import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { Environment } from '../../../kernel/caller.ts'
import { sql } from '../../../kernel/sql.ts'
import type { PgFailure } from '../../../kernel/wire/pg-failure.ts'
import { fieldChecks } from '../collections/field-checks.ts'
import { partName } from '../collections/names.ts'
import { quote } from '../collections/quote.ts'
import { stillRunning } from './backfill.ts'
import { buildIndex, ChangeFailed, indexesOver, nextIndexName } from './build-indexes.ts'
import type { OnlineChange } from './online-change.ts'
import type { ChangeSession } from './session.ts'
import { shadowNames } from './shadow.ts'

/** A constraint of the new column, under the name it has until its column takes its place. */
export interface NextConstraint {
  readonly name: string
  readonly text: string
  /** The name it has afterwards; absent for one that is only to prove something to Postgres. */
  readonly finalName?: string
}

/** What the new definition asks of the values of its column. */
export function nextConstraints(
  schema: string,
  field: string,
  after: FieldDefinition,
  next: string,
): NextConstraint[] {
  const constraints = fieldChecks(next, after).map(({ kind, condition }): NextConstraint => ({
    name: partName(field, kind, 'next'),
    text: `check (${condition})`,
    finalName: partName(field, kind),
  }))
  if (after.type === 'relation') {
    const action = { restrict: '', cascade: ' on delete cascade', setNull: ' on delete set null' }
    constraints.push({
      name: partName(field, 'relation', 'next'),
      text: `foreign key (${quote(next)}) references ${quote(schema, after.to!)} (id)${action[after.onDelete ?? 'restrict']}`,
      finalName: partName(field, 'relation'),
    })
  }
  // NOT NULL itself would be checked under the lock of the contract; what is proved is not checked again.
  if (after.required)
    constraints.push({
      name: partName(field, 'required', 'next'),
      text: `check (${quote(next)} is not null)`,
    })
  return constraints
}

/** Makes everything the new column needs before it can take its place, without keeping anybody waiting. */
export async function makeReady(
  session: ChangeSession,
  environment: Environment,
  change: OnlineChange,
  /** The collection as it will be. */
  definition: CollectionDefinition,
): Promise<void> {
  const field = change.field!
  const { next } = shadowNames(field, change.id)
  for (const index of indexesOver(definition, field))
    await buildIndex(session, environment, {
      ...{ change: change.id, definition, index, name: nextIndexName(definition.name, index) },
      instead: { field, column: next },
    })
  for (const constraint of nextConstraints(environment.schema, field, definition.fields[field]!, next))
    await addConstraint(session, environment, change, constraint)
}

/** Adds it for what is written from now on, then lets Postgres look at what is there. */
async function addConstraint(
  session: ChangeSession,
  environment: Environment,
  { id: change, collection }: OnlineChange,
  { name, text }: NextConstraint,
): Promise<void> {
  const { schema } = environment
  const [known] = await session.db.query<{ valid: boolean }>(sql`
    select convalidated as valid from pg_constraint
    where conrelid = ${quote(schema, collection)}::regclass and conname = ${name}`)
  const table = `alter table ${quote(schema, collection)}`
  if (known === undefined)
    await shortly(session, environment, change, `${table} add constraint ${quote(name)} ${text} not valid`)
  if (known?.valid) return
  await shortly(session, environment, change, `${table} validate constraint ${quote(name)}`).catch(
    (error: PgFailure) => {
      if (!error.code.startsWith('23')) throw error
      throw new ChangeFailed(`Some documents do not fit ${name.replace(/\.next$/, '')}.`, { cause: error })
    },
  )
}

/** Runs a statement whose lock is short, and waits for it a short time only, again and again. */
async function shortly(
  session: ChangeSession,
  environment: Environment,
  change: string,
  text: string,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await session.db.transaction(tx => tx.script(`set local lock_timeout = 250; ${text}`))
    } catch (error) {
      if (!['55P03', '40P01'].includes((error as PgFailure).code)) throw error
      await stillRunning(session, environment, change)
      await setTimeout(Math.min(2000, 50 * attempt) * (0.5 + Math.random()))
    }
  }
}
