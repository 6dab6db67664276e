import { randomUUID } from 'node:crypto'
import type { ProblemBody } from '@cloudbox/protocol/problem'
import type { Environment } from '../../../kernel/caller.ts'
import { openDatabase, type Database, type Tx } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { ddlProblem, StepError } from '../collections/ddl-problem.ts'
import { findMisfits } from '../collections/find-misfits.ts'
import { RunningChange } from '../collections/running-change.ts'
import { serverTraits } from '../collections/server-traits.ts'
import { loadStored } from '../collections/stored.ts'
import { checkPlan } from './check-plan.ts'
import { cloneForRehearsal } from './clone-for-rehearsal.ts'
import { authored } from './export-structure.ts'
import { toStructure } from './fold-step.ts'
import { PlanRun } from './plan-run.ts'
import { atStep } from './run-plan.ts'
import type { StructureStep } from './structure-step.ts'

/** What a step did to a copy of the environment. */
export interface RehearsedStep {
  readonly sentence: string
  /** Locks it took, on tables of collections, as Postgres calls them. */
  readonly locks: readonly { readonly collection: string; readonly mode: string }[]
  /** Postgres wrote the whole table anew. */
  readonly isRewrite: boolean
  /** Documents of its collection. */
  readonly rows: number
  readonly ms: number
}

export interface Rehearsal {
  /** Up to the first one that failed. */
  readonly steps: readonly RehearsedStep[]
  /** Why the plan would fail, with the number of the step. */
  readonly failure?: ProblemBody
}

/** How long one statement may take. */
const statementTimeoutMs = 300_000

/**
 * Tries a plan on a copy of what it would change. The copy is made of temporary tables of one connection: nobody else
 * sees them, they are not in the log nor in the change stream, and they are gone with the connection, whatever ends it.
 * The environment's own tables are only read.
 */
export async function rehearse(
  { db, log }: { readonly db: Database; readonly log: Log },
  environment: Environment,
  steps: readonly StructureStep[],
): Promise<Rehearsal> {
  const traits = await serverTraits(db)
  const alone = await openDatabase(db.connection, {
    log,
    poolSize: 1,
    statementTimeoutMs,
    applicationName: 'cloudbox rehearsal',
  })
  const done: RehearsedStep[] = []
  let at: number | undefined
  let clone: string | undefined
  try {
    const stored = await loadStored(alone, environment.schema)
    const structure = toStructure([...stored.values()].map(authored))
    const check = { target: { schema: environment.schema, role: environment.role, ...traits } }
    checkPlan(structure, steps, check, step => (at = step))
    at = undefined
    const schema = await cloneForRehearsal(alone, environment, { stored, steps, traits })
    clone = schema
    const run = new PlanRun(structure, steps, randomUUID())
    const change = (tx: Tx) =>
      new RunningChange(tx, { ...environment, schema }, stored, { ...traits, schema, role: environment.role })
    await alone.transaction(tx => run.begin(change(tx)), { statementTimeoutMs })
    for (at = 0; at < steps.length; at++) {
      const step = steps[at]!
      done.push(
        await alone.transaction(
          async tx => {
            const before = await tableState(tx, schema, step.collection)
            const startedAt = performance.now()
            await run.step(change(tx))
            const ms = performance.now() - startedAt
            return {
              sentence: step.sentence,
              locks: await locksOf(tx, schema, step.collection, before),
              isRewrite: await isRewritten(tx, before),
              rows: before?.rows ?? 0,
              ms: Math.round(ms * 10) / 10,
            }
          },
          { statementTimeoutMs },
        ),
      )
    }
    at = undefined
    await alone.transaction(tx => run.end(change(tx)), { statementTimeoutMs })
    return { steps: done }
  } catch (error) {
    const name = at === undefined ? environment.name : steps[at]!.collection
    const misfits = await findMisfits(alone, { schema: clone ?? environment.schema }, name, error)
    const problem = ddlProblem(name, error, misfits) ?? (error instanceof StepError ? error.cause : error)
    const told = at === undefined ? problem : atStep(problem, at, steps[at]!)
    if (!(told instanceof Problem)) throw told
    return { steps: done, failure: told.toBody() }
  } finally {
    await alone.close()
  }
}

interface TableState {
  readonly oid: string
  readonly filenode: string
  readonly rows: number
}

async function tableState(tx: Tx, schema: string, name: string): Promise<TableState | undefined> {
  const [table] = await tx.query<{ oid: string; filenode: string }>(sql`
    select c.oid::text as oid, pg_relation_filenode(c.oid)::text as filenode
    from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = ${schema} and relname = ${name}`)
  if (table === undefined) return undefined
  const [{ rows } = { rows: 0 }] = await tx.query<{ rows: number }>(
    sql`select count(*)::float8 as rows from ${id(schema, name)}`,
  )
  return { ...table, rows }
}

async function isRewritten(tx: Tx, before: TableState | undefined): Promise<boolean> {
  if (before === undefined) return false
  const [now] = await tx.query<{ filenode: string }>(
    sql`select pg_relation_filenode(${before.oid}::oid)::text as filenode`,
  )
  return now!.filenode !== before.filenode
}

/** The strongest lock on each table the transaction holds; a table that went to the trash has another name by now. */
async function locksOf(
  tx: Tx,
  schema: string,
  collection: string,
  before: TableState | undefined,
): Promise<RehearsedStep['locks']> {
  return tx.query<{ collection: string; mode: string }>(sql`
    select distinct on (1) case when c.oid = ${before?.oid ?? null}::oid then ${collection} else relname end as collection, mode
    from pg_locks join pg_class c on c.oid = relation join pg_namespace n on n.oid = relnamespace
    where pid = pg_backend_pid() and granted and nspname = ${schema} and relkind = 'r'
      and (relname !~ '^data_' or c.oid = ${before?.oid ?? null}::oid) and mode <> 'AccessShareLock'
    order by 1, array_position(array['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock',
      'ShareLock', 'ShareUpdateExclusiveLock', 'RowExclusiveLock', 'RowShareLock'], mode)`)
}
