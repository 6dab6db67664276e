import { setTimeout } from 'node:timers/promises'
import type { ClientTransform } from '@cloudbox/client/schema'
import type { ChangeBatchReply, OnlineChangeReply } from '@cloudbox/protocol/schema-changes'
import { at } from '../api.ts'
import type { EnvironmentApi } from '../project/environment-api.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { computeValues } from './compute-values.ts'
import { releaseQuarantine } from './quarantine.ts'
import { sendAnswers } from './send-answers.ts'
import { showChange } from './show-change.ts'
import { wishToLeave } from './wish-to-leave.ts'

const pollMs = { first: 50, most: 1000 }
/** How long documents have to have waited before somebody is called: the server looks at them every second. */
const waitedMs = 2500
const rowsAtOnce = 500

/** Why a change is followed no more. */
type Ending = 'done' | 'cancelled' | 'paused' | 'failed' | 'quarantined' | 'left'

export interface Followed {
  readonly ending: Ending
  readonly change: OnlineChangeReply
}

/**
 * Follows a change until it is done, needs somebody, or the one who follows leaves; it goes on without us then. Values
 * that only a function of the app can compute are computed here meanwhile.
 */
export async function followChange(
  terminal: Terminal,
  api: EnvironmentApi,
  { id, transform }: { readonly id: string; readonly transform: ClientTransform | undefined },
): Promise<Followed> {
  const progress = showChange(terminal)
  const { signal, forget } = wishToLeave()
  let waits = { count: 0, sinceMs: 0 }
  try {
    if (transform !== undefined) await lookAgain(api, id)
    for (let rest = pollMs.first; ; rest = Math.min(pollMs.most, rest * 1.5)) {
      const change = await api.get<OnlineChangeReply>(at`/schema/changes/${id}`)
      progress.tell(change)
      const count = change.phase === 'quarantined' ? change.quarantined : 0
      if (count !== waits.count) waits = { count, sinceMs: performance.now() }
      const needsHelp = count > 0 && performance.now() - waits.sinceMs > waitedMs
      const ending = change.state === 'running' ? (needsHelp ? 'quarantined' : undefined) : change.state
      if (ending !== undefined) return { ending, change }
      if (signal.aborted) return { ending: 'left', change }
      const isOurs = change.isByClient && change.phase === 'backfill' && transform !== undefined
      const hasWorked = isOurs && (await computeFor(api, id, { transform, signal }))
      if (!hasWorked) await setTimeout(rest, undefined, { signal }).catch(() => {})
    }
  } finally {
    progress.end()
    forget()
  }
}

/** The function may be another one than when the change was followed last. */
async function lookAgain(api: EnvironmentApi, id: string): Promise<void> {
  const change = await api.get<OnlineChangeReply>(at`/schema/changes/${id}`)
  const isAtIt = change.phase === 'backfill' || change.phase === 'quarantined'
  if (change.isByClient && change.state === 'running' && isAtIt) await releaseQuarantine(api, change)
}

/** Computes values for about a second. Answers false when there was nothing to do. */
async function computeFor(
  api: EnvironmentApi,
  change: string,
  { transform, signal }: { readonly transform: ClientTransform; readonly signal: AbortSignal },
): Promise<boolean> {
  const until = performance.now() + 1000
  const aborted = () => signal.aborted
  let hasWorked = false
  while (!aborted() && performance.now() < until) {
    const { rows } = await api.post<ChangeBatchReply>(at`/schema/changes/${change}/batch`, {
      limit: rowsAtOnce,
    })
    if (rows.length === 0) break
    hasWorked = true
    await sendAnswers(api, change, await computeValues(transform, rows, { aborted }))
  }
  return hasWorked
}
