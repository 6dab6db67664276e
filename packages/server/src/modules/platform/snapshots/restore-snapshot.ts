import { setTimeout } from 'node:timers/promises'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { toPgError } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, literal, sql } from '../../../kernel/sql.ts'
import type { By } from '../audit/entry.ts'
import { makeChange } from '../change.ts'
import { ownerOf, type PlatformDeps } from '../deps.ts'
import { placeName } from '../directory/directory.ts'
import { sqlRoleOf } from '../environments/sql-role.ts'
import { madeWithSql } from './made-with-sql.ts'
import {
  asEnvironment,
  automaticName,
  beginSnapshot,
  dropStoredSnapshots,
  findSnapshot,
  finishSnapshot,
  wholePlan,
  type StoredSnapshot,
} from './stored.ts'

/** How long a restore waits for those who use a table; whoever comes later waits behind it. */
const lockTimeoutMs = 2000
const attempts = 10
/** Somebody holds a table; or two waited for each other. */
const busyCodes = ['55P03', '40P01']

/**
 * Makes an environment what it was when a snapshot was taken; or it stays as it is. What was in it is a snapshot from
 * then on.
 * @returns that snapshot
 * @throws Problem `platform/not-found`, `platform/busy`, `schema/change-under-way`
 */
export async function restoreSnapshot(
  deps: PlatformDeps,
  environment: Environment,
  name: string,
  by: By,
): Promise<StoredSnapshot> {
  const stored = asEnvironment(environment, await findSnapshot(deps.db, environment, name))
  // It may be older than this server.
  await deps.migrateEnvironment(stored)
  const fresh = await beginSnapshot(deps.db, environment, null)
  try {
    await deps.migrateEnvironment(fresh)
    await deps.copyEnvironment(stored, fresh, wholePlan)
    return await switchTo(deps, environment, { fresh, name, by })
  } catch (error) {
    await deps.db.transaction(tx => dropStoredSnapshots(tx, sql`id = ${fresh.id} and state = 'making'`))
    throw error
  }
}

interface Switch {
  /** The content it gets, in a schema of its own. */
  readonly fresh: Environment
  /** The snapshot that is a copy of. */
  readonly name: string
  readonly by: By
}

async function switchTo(
  deps: PlatformDeps,
  environment: Environment,
  { fresh, name, by }: Switch,
): Promise<StoredSnapshot> {
  const owner = ownerOf(deps, deps.directory().placedById(environment.id)!)
  for (let attempt = 1; ; attempt++) {
    try {
      let settle = async () => {}
      const kept = await makeChange(deps, owner, by, async tx => {
        await tx.script(`set local lock_timeout = ${lockTimeoutMs}`)
        await holdReady(tx, environment)
        const made = await putAside(deps, tx, environment, fresh)
        settle = made.settle
        const place = placeName(environment.project, environment.name)
        return { answer: made.kept, entries: [{ action: 'snapshot.restored', place, subject: name }] }
      })
      await settle()
      return kept
    } catch (error) {
      const code = toPgError(error)?.code
      if (code === undefined || !busyCodes.includes(code)) throw error
      if (attempt === attempts)
        throw new Problem(
          platformProblems.busy,
          `Somebody has been holding documents of ${environment.project}/${environment.name} all the time.`,
          { hint: 'Nothing was changed. Try again when long transactions are over.', cause: error },
        )
      await setTimeout(100 * attempt * (0.5 + Math.random()))
    }
  }
}

/** Keeps the environment from being removed meanwhile. */
async function holdReady(tx: Tx, { id: environmentId, project, name }: Environment): Promise<void> {
  const [row] = await tx.query(sql`
    select from cloudbox.platform_environments where id = ${environmentId} and state = 'ready' for update`)
  if (row === undefined) throw new Problem(platformProblems.busy, `${project}/${name} is not ready.`)
}

/** What is there becomes a snapshot, and what was prepared takes its place. */
async function putAside(
  deps: PlatformDeps,
  tx: Tx,
  environment: Environment,
  fresh: Environment,
): Promise<{ kept: StoredSnapshot; settle: () => Promise<void> }> {
  const leftOut = await madeWithSql(tx, environment)
  await dropStoredSnapshots(tx, sql`environment_id = ${environment.id} and name = ${automaticName}`)
  // The row of what was prepared goes on as that of what is put aside.
  const [row] = await tx.query<{ schema: string }>(sql`
    update cloudbox.platform_snapshots set name = ${automaticName}, is_automatic = true, made_at = now(),
      schema_name = 'snapshot_' || replace(gen_random_uuid()::text, '-', '')
    where id = ${fresh.id} and state = 'making' returning schema_name as schema`)
  const keptIn = row!.schema
  const settle = await deps.replaceEnvironment(tx, { environment, by: fresh.schema, keptIn })
  await moveSqlRole(tx, environment, keptIn)
  return { kept: await finishSnapshot(tx, fresh.id, leftOut), settle }
}

/** SQL of migrations makes things in the environment, and not in what it was. */
async function moveSqlRole(tx: Tx, { schema, role }: Environment, keptIn: string): Promise<void> {
  const name = literal(sqlRoleOf(role)).parts[0]
  const [present, kept, quoted] = [schema, keptIn, sqlRoleOf(role)].map(one => id(one).parts[0])
  await tx.script(`do $do$ begin
    if exists (select from pg_roles where rolname = ${name}) then
      revoke usage, create on schema ${kept} from ${quoted};
      grant usage, create on schema ${present} to ${quoted};
    end if;
  end $do$`)
}
