import { schemaProblems } from '@cloudbox/protocol/schema'
import type { MigratedUp, MigrateUpBody } from '@cloudbox/protocol/schema-replies'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { AuthoredDeps } from '../deps.ts'
import type { Applied } from '../history/applied.ts'
import { compare } from '../history/compare.ts'
import { alreadyThere, foldApplied } from '../history/drift.ts'
import { applyMigration, takeOver } from './apply-migration.ts'
import { beginOnline, settle } from './online.ts'
import { isOnline } from './refuse-online.ts'

/**
 * Applies what is pending, one migration after the other. Where one fails, those before it stay applied; where one goes on
 * online, those after it wait.
 * @throws Problem of the first thing that is wrong with the whole: then nothing is applied
 */
export async function migrateUp(
  deps: AuthoredDeps,
  environment: Environment,
  { migrations: files, count = Infinity }: MigrateUpBody,
): Promise<MigratedUp> {
  const applied = await settle(deps, environment)
  const { migrations, problems } = compare(files, applied)
  if (problems.length > 0) throw problems[0]!
  refuseUnfinished(applied)
  const pending = migrations.filter(({ state }) => state === 'pending').slice(0, count)
  // What is wrong with any of them is told before the first is begun.
  const online = new Set(pending.filter(isOnline))
  const { collections } = await deps.data.exportStructure(environment)
  const there = alreadyThere(collections, foldApplied(deps.data.emptyStructure, applied), pending)
  const done: MigratedUp['applied'] = []
  for (const [i, migration] of pending.entries()) {
    const isTakenOver = i < there
    if (online.has(migration) && !isTakenOver) {
      const change = await beginOnline(deps, environment, migration)
      return { applied: done, running: { name: migration.name, change } }
    }
    const work = isTakenOver ? takeOver : applyMigration
    const outcome = await work(deps, environment, migration)
    if (outcome === undefined) continue
    const plans = (outcome.done ?? []).filter(part => typeof part === 'string')
    done.push({ name: migration.name, plans, ...(isTakenOver ? { isTakenOver } : {}) })
  }
  return { applied: done }
}

/** @throws Problem `schema/change-under-way` */
export function refuseUnfinished(applied: readonly Applied[]): void {
  const unfinished = applied.find(({ state }) => state !== 'applied')
  if (unfinished === undefined) return
  throw new Problem(
    schemaProblems['change-under-way'],
    `${unfinished.name} is ${unfinished.state === 'running' ? 'still running' : 'there in part only'}.`,
  )
}
