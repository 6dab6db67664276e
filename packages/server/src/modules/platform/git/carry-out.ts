import { setTimeout as delay } from 'node:timers/promises'
import { httpProblems } from '@cloudbox/protocol/http'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Log } from '../../../kernel/log.ts'
import { toProblem } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import { repeat, type Repeated } from '../../../kernel/repeat.ts'
import type { PlatformDeps } from '../deps.ts'
import { byConnection, findConnection, report, type Connection } from './connections.ts'
import { leaseMs, renewLease, settleDelivery, takeDelivery, type Delivery } from './deliveries.ts'
import { makeBranch, removeBranch } from './follow-branch.ts'

/** Between one attempt and the next. */
const pausesMs = [2000, 15_000, 60_000, 300_000]
/** Copies with documents wait for each other anyway. */
const atOnce = 2
/** Looks for what others have left. */
const lookMs = 30_000
const stopGraceMs = 3000

/** Carries out deliveries, one after the other for each branch. */
export interface CarryingOut {
  /** Takes up what was left; once every module has started. */
  begin(): void
  /** There may be something to do. */
  wake(): void
  stop(): Promise<void>
}

export function carryOutDeliveries(deps: PlatformDeps, log: Log): CarryingOut {
  const lanes = new Set<Promise<void>>()
  const timers = new Set<NodeJS.Timeout>()
  let isAsked = false
  let isStopped = false
  let looking: Repeated | undefined

  const wake = (): void => {
    isAsked = true
    if (isStopped || lanes.size >= atOnce) return
    isAsked = false
    const lane = drain()
      .catch((error: unknown) => {
        // It stays kept, and is looked for again.
        if (!isStopped) log.warn('platform.git-unreachable', { error })
      })
      .finally(() => {
        lanes.delete(lane)
        if (isAsked) wake()
      })
    lanes.add(lane)
  }

  const drain = async (): Promise<void> => {
    for (;;) {
      const delivery = isStopped ? undefined : await takeDelivery(deps.db)
      if (delivery === undefined) return
      wake()
      await carryOut(delivery)
    }
  }

  const carryOut = async (delivery: Delivery): Promise<void> => {
    const connection = await findConnection(deps.db, { id: delivery.connectionId })
    // It was taken away meanwhile, with what it had to do.
    if (connection === undefined) return
    const renewing = repeat(leaseMs / 3, log, 'platform.git-lease', () => renewLease(deps.db, delivery))
    const failure = await apply(connection, delivery).finally(() => renewing.stop())
    // What the end of the server interrupts is done after its next start.
    if (failure === undefined || isStopped) return
    const problem = { code: failure.code, detail: failure.message }
    const retryMs = isPassing(failure) ? pausesMs[delivery.attempts - 1] : undefined
    const { connectionId, event, branch } = delivery
    log.warn('platform.git-failed', {
      connection: connectionId,
      delivery: event,
      branch,
      ...problem,
      retryMs,
    })
    if (!(await settleDelivery(deps.db, delivery, problem, retryMs))) return
    const outcome = retryMs === undefined ? 'failed' : 'delayed'
    await report(deps.db, connectionId, { at: delivery.at, event, branch, outcome, problem })
    if (retryMs === undefined) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      wake()
    }, retryMs + 10).unref()
    timers.add(timer)
  }

  /** Does it; what went wrong otherwise. */
  const apply = async (connection: Connection, delivery: Delivery): Promise<Problem | undefined> => {
    const { event, branch, change, at, requestId } = delivery
    try {
      const by = byConnection(connection, requestId)
      const follow = change === 'make' ? makeBranch : removeBranch
      const followed = await follow(deps, connection, branch, by)
      if (await settleDelivery(deps.db, delivery, undefined))
        await report(deps.db, connection.id, { at, event, branch, ...followed })
      return undefined
    } catch (error) {
      if (error instanceof Problem) return error
      const known = toProblem(error)
      if (known === undefined && !isStopped)
        log.error('platform.git-bug', { connection: connection.id, delivery: event, branch, error })
      return known ?? new Problem(httpProblems.internal, 'Something went wrong; the log tells what.')
    }
  }

  return {
    begin: () => {
      looking ??= repeat(lookMs, log, 'platform.git-look', async () => wake())
      wake()
    },
    wake,
    stop: async () => {
      isStopped = true
      for (const timer of timers) clearTimeout(timer)
      await looking?.stop()
      await Promise.race([Promise.all(lanes), delay(stopGraceMs, undefined, { ref: false })])
    },
  }
}

/** Whether the same may work in a while. */
function isPassing({ kind }: Problem): boolean {
  return kind.status === 503 || kind === platformProblems.busy || kind === platformProblems['name-taken']
}
