import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { OnlineAction } from '../../data/module.ts'
import type { AuthoredDeps, SchemaDeps } from '../deps.ts'
import { noteApplied, readApplied, type Applied } from '../history/applied.ts'
import type { Compared } from '../history/compare.ts'
import { fit } from './apply-migration.ts'
import { failed } from './failed.ts'

/**
 * Begins a migration that goes on beside reads and writes; its row is there from the beginning.
 * @returns the id of its online change
 */
export async function beginOnline(
  { db, data, author }: AuthoredDeps,
  environment: Environment,
  migration: Compared,
): Promise<string> {
  const { collections } = await data.exportStructure(environment)
  const applied = await readApplied(db, environment.schema)
  const { parts } = fit(data.emptyStructure, applied, { collections, migration })
  const [part] = parts
  if (part?.kind !== 'plan') throw nothingToDo(migration.name)
  try {
    const change = await data.startChange(
      environment,
      part.steps[0] as OnlineAction,
      async (tx, { id: started }) => {
        await noteApplied(tx, environment.schema, { ...migration, done: null })
        await mark(tx, environment.schema, migration.name, { state: 'running', change: started })
        const after = { hash: migration.hash, change: started }
        await author.record(tx, { action: 'migration.begun', subject: migration.name, after })
      },
    )
    return change.id
  } catch (error) {
    throw error instanceof Problem ? failed(migration, 0, error) : error
  }
}

/**
 * Brings migrations that went on as online changes up to date: those that have ended are applied, those that were cancelled
 * never were.
 */
export async function settle({ db, data }: SchemaDeps, environment: Environment): Promise<Applied[]> {
  const applied = await readApplied(db, environment.schema)
  for (const { name, change, state } of applied) {
    if (change === null || state === 'applied') continue
    const { state: now, plan } = await data.change(environment, change)
    if (now === 'cancelled')
      await db.query(
        sql`delete from ${id(environment.schema, 'schema_migrations')} where name = ${name} and change = ${change}`,
      )
    else if (now === 'done')
      await mark(db, environment.schema, name, {
        state: 'applied',
        change,
        done: plan === null ? null : [plan],
      })
    else await mark(db, environment.schema, name, { state: now === 'failed' ? 'failed' : 'running', change })
  }
  return readApplied(db, environment.schema)
}

async function mark(
  db: Queryable,
  schema: string,
  name: string,
  { state, change, done = null }: Pick<Applied, 'state' | 'change'> & { readonly done?: Applied['done'] },
): Promise<void> {
  await db.query(sql`
    update ${id(schema, 'schema_migrations')}
    set state = ${state}, change = ${change}, done = ${done === null ? null : JSON.stringify(done)}::json
    where name = ${name}`)
}

function nothingToDo(name: string): Problem {
  const message = 'the operation changes nothing'
  return new Problem(schemaProblems['invalid-migration'], `${name}: ${message}.`, {
    hint: 'Leave `online` out.',
    errors: [{ at: `/migrations/${name}/operations/0`, message }],
  })
}
