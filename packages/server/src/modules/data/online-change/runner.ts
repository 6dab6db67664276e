import { setTimeout } from 'node:timers/promises'
import type { Environment } from '../../../kernel/caller.ts'
import { on, type Listener } from '../../../kernel/events.ts'
import type { Log } from '../../../kernel/log.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import { untilVisible } from '../../../kernel/stream/until-visible.ts'
import type { StructureDeps } from '../collections/in-structure.ts'
import { indexesOf } from '../collections/indexes.ts'
import { partName } from '../collections/names.ts'
import { archive } from './archive.ts'
import { backfill, countRows, finishTodo, missedRows, stillRunning } from './backfill.ts'
import { buildIndex, ChangeFailed } from './build-indexes.ts'
import { findChange, onlineChangeMoved, openChanges, updateChange } from './changes-table.ts'
import { contract, definitionsOf } from './contract.ts'
import { finishCancel } from './finish-cancel.ts'
import { makeReady } from './make-ready.ts'
import { isByClient, type ChangePhase, type OnlineChange } from './online-change.ts'
import { emptyQuarantine, tidyQuarantine } from './quarantine.ts'
import { ChangeStopped, openSession, type ChangeSession } from './session.ts'

/** How often a quarantine is looked at that somebody has to mend. */
const quarantineMs = 1_000
/** How long a change rests after an error that may pass, and how often that is tried. */
const restMs = 2_000
const attempts = 5

/** Runs online changes in this process, those that another one has left behind among them. */
export class ChangeRunner {
  readonly #deps: StructureDeps & { readonly log: Log }
  readonly #environments: () => readonly Environment[]
  readonly #running = new Map<string, Promise<void>>()
  /** Changes that moved while they were being run: they are looked at again. */
  readonly #moved = new Set<string>()
  readonly #sessions = new Set<ChangeSession>()
  #isStopping = false

  constructor(deps: StructureDeps & { readonly log: Log }, environments: () => readonly Environment[]) {
    this.#deps = deps
    this.#environments = environments
  }

  readonly listener: Listener = on(onlineChangeMoved, async ({ environmentId, change }, { xid }) => {
    const environment = this.#environments().find(({ id }) => id === environmentId)
    if (environment === undefined) return
    // Looked at too early it seems not to have moved, and nobody would tell of it again.
    await untilVisible(this.#deps.db, xid)
    this.wake(environment, change)
  })

  /** Goes on with what was under way when the last process ended. */
  async resume(): Promise<void> {
    for (const environment of this.#environments()) {
      if (this.#isStopping) return
      const changes = await openChanges(this.#deps.db, environment).catch(() => [])
      for (const { id } of changes) this.wake(environment, id)
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    for (const session of this.#sessions) session.isStopping = true
    // Between two batches everything can end; an index that is being made is not waited for.
    const patience = globalThis.setTimeout(
      () => this.#sessions.forEach(session => void session.interrupt().catch(() => {})),
      1000,
    )
    await Promise.all(this.#running.values())
    clearTimeout(patience)
  }

  /** Looks at a change: whoever has just decided about it need not wait for the change stream. */
  wake(environment: Environment, change: string): void {
    const key = `${environment.id} ${change}`
    if (this.#isStopping) return
    if (this.#running.has(key)) return void this.#moved.add(key)
    const run = this.#run(environment, change)
      .catch((error: unknown) => {
        if (!this.#isStopping)
          this.#deps.log.error('data.online-change-stopped', { environment: environment.id, change, error })
      })
      .then(() => {
        this.#running.delete(key)
        if (this.#moved.delete(key)) this.wake(environment, change)
      })
    this.#running.set(key, run)
  }

  async #run(environment: Environment, change: string): Promise<void> {
    for (let attempt = 1; !this.#isStopping; attempt++) {
      try {
        return await this.#goOn(environment, change)
      } catch (error) {
        if (error instanceof ChangeStopped) {
          const { isCancelling, state } = await findChange(this.#deps.db, environment, change)
          // Whoever cancels it may be gone.
          if (isCancelling && state !== 'cancelled') await finishCancel(this.#deps, environment, change)
          return
        }
        const isFinal = error instanceof ChangeFailed || attempt === attempts
        if (isFinal) return await this.#fail(environment, change, error)
        this.#deps.log.warn('data.online-change-interrupted', { change, message: String(error) })
        await setTimeout(restMs, undefined, { ref: false })
      }
    }
  }

  async #fail({ schema, id: environment }: Environment, change: string, error: unknown): Promise<void> {
    const isTold = error instanceof ChangeFailed || error instanceof Problem
    const message = isTold ? error.message : 'The change met an unexpected error; see the log of the server.'
    this.#deps.log[isTold ? 'warn' : 'error']('data.online-change-failed', { environment, change, error })
    await updateChange(
      this.#deps.db,
      schema,
      change,
      [sql`state = 'failed', error = ${message}`],
      sql`state = 'running' and not is_cancelling`,
    )
  }

  async #goOn(environment: Environment, change: string): Promise<void> {
    const first = await findChange(this.#deps.db, environment, change)
    if (first.isCancelling && first.state !== 'cancelled' && first.state !== 'done') throw new ChangeStopped()
    if (first.state !== 'running' || isClients(first)) return
    const at = { schema: environment.schema, change }
    const session = await openSession(this.#deps.db, this.#deps.log, at)
    // Another process has it; it may be one that is about to end.
    if (session === undefined) {
      await this.#sleep(quarantineMs)
      this.#moved.add(`${environment.id} ${change}`)
      return
    }
    this.#sessions.add(session)
    try {
      for (;;) {
        if (this.#isStopping) return
        const now = await stillRunning(session, environment, change)
        if (isClients(now)) return
        const next = await this.#phase(session, environment, now)
        if (next === undefined) return
        if (next !== now.phase)
          await updateChange(this.#deps.db, environment.schema, change, [sql`phase = ${next}`])
      }
    } finally {
      this.#sessions.delete(session)
      await session.close()
    }
  }

  /** Does what a phase is for, and answers the one that follows; undefined at the end. */
  async #phase(
    session: ChangeSession,
    environment: Environment,
    change: OnlineChange,
  ): Promise<ChangePhase | undefined> {
    const deps = this.#deps
    switch (change.phase) {
      case 'backfill':
        await backfill(session, environment, change)
        return 'quarantined'
      case 'quarantined':
        return this.#mend(session, environment, change)
      case 'constraints': {
        const { after } = await definitionsOf(session.db, environment, change.step)
        if (change.kind === 'change-field') await makeReady(session, environment, change, after)
        else {
          const index = indexesOf(after).find(({ name }) => name === change.index)!
          await countRows(session, environment, change)
          const name = partName(after.name, index.name)
          await buildIndex(session, environment, { change: change.id, definition: after, index, name })
        }
        return 'contract'
      }
      case 'contract':
        if (!(await contract(deps, environment, change))) return 'quarantined'
        return change.kind === 'change-field' ? 'archive' : undefined
      case 'archive':
        await archive(deps, session, environment, change)
        return undefined
    }
  }

  /** Sees to it that every document is done, which may need somebody's help. */
  async #mend(session: ChangeSession, environment: Environment, change: OnlineChange): Promise<ChangePhase> {
    const { schema } = environment
    if (!isByClient(change)) await finishTodo(session, environment, change)
    if (change.setsNull) await session.hidden(tx => emptyQuarantine(tx, schema, change))
    if ((await tidyQuarantine(session.db, schema, change)) > 0) {
      if (!change.setsNull) await this.#sleep(quarantineMs)
      return 'quarantined'
    }
    if ((await missedRows(session, environment, change)) === 0) return 'constraints'
    return isByClient(change) ? 'backfill' : 'quarantined'
  }

  async #sleep(ms: number): Promise<void> {
    for (let slept = 0; slept < ms && !this.#isStopping; slept += 100) await setTimeout(100)
  }
}

/** A program is to do the next thing. */
function isClients(change: OnlineChange): boolean {
  return isByClient(change) && change.phase === 'backfill'
}
