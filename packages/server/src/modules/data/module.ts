/**
 * data: collections as tables, documents as rows, and the queries over both.
 *
 * How it flows: a request is parsed (parse-query), given its meaning (plan-*), written as one statement with the
 * policy in its WHERE (*-sql) and run; documents come out of Postgres as JSON text and go to the socket unread.
 * Changes of structure are one transaction and tell every process through the change stream (catalog).
 *
 * Guarantees: nothing is readable or writable without a policy but for the secret key; a filter, a policy and a live
 * query are one language with one meaning; every mistake is told with its place before any SQL runs.
 * It is not: who hears of a change (realtime), or who the caller is (platform, auth).
 */
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { defineModule } from '../../kernel/module.ts'
import { sql } from '../../kernel/sql.ts'
import { auth } from '../auth/module.ts'
import { collectionsCopier } from './branching/copy-collections.ts'
import { platform } from '../platform/module.ts'
import { createCatalog } from './collections/catalog.ts'
import { installHelpers } from './collections/install-helpers.ts'
import { collectionRoutes } from './collections/routes.ts'
import { adoptCollection } from './collections/structure.ts'
import { systemCollections } from './collections/system-collections.ts'
import { dataConfig } from './config.ts'
import type { Caller, Environment } from '../../kernel/caller.ts'
import { compileLive } from './live/compile-live.ts'
import type { LiveRequest } from './live/live-query.ts'
import { documentRoutes } from './documents/routes.ts'
import { SlowLists } from './documents/slow-lists.ts'
import { namedIndexes } from './collections/named-indexes.ts'
import { nextBatch, putBatch, type ClientAnswers } from './online-change/client-batches.ts'
import { findChange } from './online-change/changes-table.ts'
import { cancelChange, pauseChange, resumeChange } from './online-change/decide.ts'
import { readChanges, type OnlineChange } from './online-change/online-change.ts'
import { listQuarantine } from './online-change/quarantine.ts'
import { ChangeRunner } from './online-change/runner.ts'
import { startChange, type OnlineAction, type RecordChange } from './online-change/start-change.ts'
import { applyStructure, type StructurePlan } from './structure-plan/apply-structure.ts'
import { changeStructure, onOwnConnection, type StructureSession } from './structure-plan/change-structure.ts'
import { checkStructure } from './structure-plan/check-structure.ts'
import { emptyStructure, exportStructure } from './structure-plan/export-structure.ts'
import { listTrash } from './structure-plan/list-trash.ts'
import { planStructure } from './structure-plan/plan-structure.ts'
import { rehearse } from './structure-plan/rehearse.ts'
import type { RecordPlan } from './structure-plan/run-plan.ts'
import type { StructureStep } from './structure-plan/structure-step.ts'
import { sweepPeriodically } from './structure-plan/sweep-trash.ts'
import { undoStructure } from './structure-plan/undo-structure.ts'
import type { Tx } from '../../kernel/db.ts'

export { collectionsChanged } from './collections/changed.ts'
export { describeStep } from './structure-plan/describe-step.ts'
export { foldStep, placeOf, toStructure, type Structure } from './structure-plan/fold-step.ts'
export { inverseOf } from './structure-plan/inverse-of.ts'
export { planStructure } from './structure-plan/plan-structure.ts'
export type { StructureSession } from './structure-plan/change-structure.ts'
export type { StructureAction } from './structure-plan/structure-step.ts'
export type { Collection } from './collection.ts'
export type { Clause } from './live/clauses.ts'
export type { LiveLookup } from './live/live-lookups.ts'
export type { ExportedStructure } from './structure-plan/export-structure.ts'
export { StepProblem, type PlanOutcome, type RecordPlan } from './structure-plan/run-plan.ts'
export type { ClientAnswers, ClientBatch } from './online-change/client-batches.ts'
export type { OnlineChange } from './online-change/online-change.ts'
export type { Quarantined } from './online-change/quarantine.ts'
export type { OnlineAction, RecordChange } from './online-change/start-change.ts'
export type { Rehearsal } from './structure-plan/rehearse.ts'
export type { Renames, StructureStep, Transforms } from './structure-plan/structure-step.ts'
export type { StructurePlan } from './structure-plan/apply-structure.ts'
export type { TrashItem } from './structure-plan/list-trash.ts'
export type { SlowList } from './documents/slow-lists.ts'
export type { NamedIndex } from './collections/named-indexes.ts'
export type { LiveClauses, LiveQuery, LiveRequest, ModelRow } from './live/live-query.ts'

export const data = defineModule({
  name: 'data',
  // Row security asks cb.uid() and its kin, which auth makes.
  needs: { auth, platform },
  config: dataConfig,
  migrations: new URL('./migrations/', import.meta.url),
  environmentMigrations: new URL('./environment/', import.meta.url),
  async start(
    { db, stream, peers, log, vault, clock, config },
    { platform: { environments, promotion, authorOf } },
  ) {
    await installHelpers(db)
    const catalog = createCatalog(db, peers)
    const structure = { db, catalog, stream }
    const slowLists = new SlowLists()
    const runner = new ChangeRunner({ ...structure, log }, environments)
    // Changes run where the change stream is: one process has it, and hears what another one has begun.
    const runsChanges = peers.worker === undefined
    const woken = async (environment: Environment, deciding: Promise<OnlineChange>) => {
      const change = await deciding
      if (runsChanges) runner.wake(environment, change.id)
      return change
    }
    const stopSweeping = sweepPeriodically({ db, log, clock }, environments)
    promotion.fillStructure({
      export: environment => exportStructure(db, environment),
      plan: (before, wanted) =>
        planStructure(
          before.collections as CollectionDefinition[],
          wanted.collections as CollectionDefinition[],
        ),
      rehearse: (environment, steps) => rehearse({ db, log }, environment, steps as StructureStep[]),
      apply: (environment, plan, within) =>
        applyStructure(structure, environment, plan as StructurePlan, within),
      undo: (environment, planId, within) => undoStructure(structure, environment, planId, within),
    })
    return {
      api: {
        /** All collections of an environment, as of now. */
        collections: catalog.collections,
        /** Indexes of a collection with the names they have in Postgres. */
        indexesOf: namedIndexes,
        /** The module that knows about slow lists puts it in here. */
        slowLists,
        /** A list or a document of one caller, compiled so that every change can be tested against it. */
        compileLive: (environment: Environment, caller: Caller, request: LiveRequest) =>
          compileLive(catalog, environment, caller, request, clock),
        /** The definitions of an environment, with the versions a plan is made for. */
        exportStructure: (environment: Environment) => exportStructure(db, environment),
        /** The structure of an environment in which nobody has made anything. */
        emptyStructure: emptyStructure(),
        /** Checks definitions as their author wrote them: a whole structure. */
        checkStructure: async (environment: Environment, wanted: readonly CollectionDefinition[]) => {
          const { collections } = await exportStructure(db, environment)
          const names = new Set(wanted.map(({ name }) => name))
          const there = collections.filter(({ name }) => systemCollections.has(name) && !names.has(name))
          checkStructure(wanted, there, { schema: environment.schema, version: db.version })
        },
        /** Tries steps on a copy; the environment is only read. */
        rehearse: (environment: Environment, steps: readonly StructureStep[]) =>
          rehearse({ db, log }, environment, steps),
        /** Carries a plan out, all of it or nothing; `record` writes in the same transaction. */
        applyStructure: (environment: Environment, plan: StructurePlan, record?: RecordPlan) =>
          applyStructure(structure, environment, plan, record),
        /** Several plans and what is between them in one transaction; `record` writes last in it; `isAlone`: on a connection that ends. */
        changeStructure: <T>(
          environment: Environment,
          work: (session: StructureSession) => Promise<T>,
          record?: (tx: Tx, done: T) => Promise<void>,
          { isAlone = false }: { readonly isAlone?: boolean } = {},
        ) =>
          isAlone
            ? onOwnConnection(structure, log, deps => changeStructure(deps, environment, work, record))
            : changeStructure(structure, environment, work, record),
        /** Takes a plan back, with what it threw away. */
        undoStructure: (environment: Environment, planId: string, record?: RecordPlan) =>
          undoStructure(structure, environment, planId, record),
        /** What plans have thrown away and can still be brought back. */
        trash: (environment: Environment) => listTrash(db, environment),
        /** Begins a change that goes on beside reads and writes; `record` writes in the transaction it begins in. */
        startChange: (environment: Environment, action: OnlineAction, record?: RecordChange) =>
          woken(environment, startChange(structure, environment, action, record)),
        /** Online changes, all there ever were or one of them. */
        changes: (environment: Environment) => readChanges(db, environment.schema, sql`true`),
        change: (environment: Environment, change: string) => findChange(db, environment, change),
        pauseChange: (environment: Environment, change: string, record?: RecordChange) =>
          pauseChange(db, environment, change, record),
        /** `setNull`: what is in the quarantine becomes nothing. */
        resumeChange: (
          environment: Environment,
          change: string,
          options?: { readonly setNull?: boolean },
          record?: RecordChange,
        ) => woken(environment, resumeChange(db, environment, change, options, record)),
        cancelChange: (environment: Environment, change: string, record?: RecordChange) =>
          cancelChange(structure, environment, change, record),
        /** Documents whose value has no counterpart. */
        quarantine: async (environment: Environment, change: string, limit?: number) =>
          listQuarantine(db, environment, await findChange(db, environment, change), limit),
        /** Documents for a program to compute values of, and what it made of them. */
        nextBatch: (environment: Environment, change: string, limit?: number) =>
          nextBatch({ db, catalog }, environment, change, limit),
        putBatch: (environment: Environment, change: string, answers: ClientAnswers) =>
          putBatch(db, environment, change, answers),
      },
      routes: [
        ...collectionRoutes(structure, authorOf),
        ...documentRoutes({ db, catalog, slowLists, clock, ...config }),
      ],
      listeners: [...catalog.listeners, ...(runsChanges ? [runner.listener] : [])],
      environmentCopier: collectionsCopier({ db, catalog, stream, vault }),
      ready() {
        if (runsChanges) void runner.resume()
      },
      async stop() {
        await runner.stop()
        await stopSweeping()
      },
      async prepareEnvironment(environment) {
        for (const system of systemCollections.values()) await adoptCollection(structure, environment, system)
      },
    }
  },
})
