import type { Decision, DeliveryState, Explanation, Fate } from '@cloudbox/protocol/realtime'
import type { RowChange, Transaction } from '../../kernel/stream.ts'
import type { LiveQuery, ModelRow } from '../data/module.ts'
import type { Group } from './group.ts'
import type { Found } from './look-up.ts'
import { reasoner, type Verdict } from './reasons.ts'
import type { Subscription } from './subscription.ts'

const mostDecisions = 100
/** Changes looked at for them: those left out cost as much as those told. */
const mostChanges = 2000

export interface ExplainOptions {
  readonly subscription: Subscription
  /** Its query, compiled now. */
  readonly query: LiveQuery
  readonly found: Found
  readonly recent: readonly Transaction[]
  /** Tell of documents the caller may not see, and name conditions of policies. */
  readonly isFull: boolean
  /** Everything up to here has been told. */
  readonly position: string
}

/** Judges the last changes again. Nothing is noted while they are delivered, so this costs only when it is asked for. */
export function explain(options: ExplainOptions): Explanation {
  const { subscription, query, found, recent, isFull, position } = options
  const judge = reasoner(query, found, isFull)
  const { name, schema } = query.collection
  const decisions: Decision[] = []
  let looked = 0
  const moves = movesOf(subscription.group, recent)
  for (const transaction of recent.toReversed()) {
    if (decisions.length === mostDecisions || looked >= mostChanges) break
    const { lsn, committedAtMs, changes } = transaction
    const at = Math.floor(committedAtMs)
    const into = moves.get(transaction)
    if (into !== undefined && decisions.length < mostDecisions) {
      const where = isFull ? ` in ${[...into].join(' and ')}` : ''
      const verdict: Verdict = {
        outcome: 'look-up changed',
        why: `what the policy looks up${where} has changed`,
      }
      decisions.push({ lsn, at, ...verdict, fate: fateOf(subscription, query, lsn, verdict, undefined) })
    }
    for (const change of changes.toReversed()) {
      if (change.kind === 'event' || change.table.name !== name || change.table.schema !== schema) continue
      if (decisions.length === mostDecisions || ++looked > mostChanges) break
      const verdict: Verdict | undefined =
        change.kind === 'truncate' || change.kind === 'bulk'
          ? {
              outcome: 'too many to tell',
              why: change.kind === 'truncate' ? 'the table was emptied' : 'the commit changed too many rows',
            }
          : judge(change)
      if (verdict === undefined) continue
      const after =
        isRow(change) && change.new !== undefined ? query.readRow(change.table, change.new) : undefined
      decisions.push({ lsn, at, ...verdict, fate: fateOf(subscription, query, lsn, verdict, after) })
    }
  }
  return { decisions: decisions.reverse(), state: stateOf(subscription, position) }
}

/** The commits that changed what a group's look-ups find, with the collections they look into. */
function movesOf(group: Group | undefined, recent: readonly Transaction[]): Map<Transaction, Set<string>> {
  const moves = new Map<Transaction, Set<string>>()
  for (const set of group?.sets ?? []) {
    for (const transaction of set.movesIn(recent))
      moves.set(transaction, (moves.get(transaction) ?? new Set()).add(set.source.collection.name))
  }
  return moves
}

const isRow = (change: { readonly kind: string }): change is RowChange =>
  change.kind === 'insert' || change.kind === 'update' || change.kind === 'delete'

function fateOf(
  { stage, held, snapshot, group, receiver }: Subscription,
  query: LiveQuery,
  lsn: string,
  { outcome }: Verdict,
  after: ModelRow | undefined,
): Fate {
  if (outcome === 'not matched' || outcome === 'hidden by policy') return 'nothing to send'
  if (stage === 'owed') return 'waiting: slow reader'
  if (stage === 'starting') return 'waiting: being read'
  if (snapshot !== undefined && lsn <= snapshot) return 'before the snapshot'
  if (group?.heldBack !== undefined && lsn > group.heldBack.since) return 'held back: coalesce'
  if (stage === 'behind' && lsn > held)
    return receiver.isLagging ? 'waiting: slow reader' : 'waiting: being read'
  const shown = group?.window?.shown
  const last = shown?.at(-1)
  const isBehind = after !== undefined && last !== undefined && query.compare(after, last.model) > 0
  return outcome !== 'leave' && isBehind && shown!.length === query.limit ? 'behind the window' : 'sent'
}

/** Where the delivery of a subscription stands. */
export function stateOf(subscription: Subscription, position: string): DeliveryState {
  const { stage, receiver, snapshot, delivery, resets } = subscription
  const { coalesceMs, isLossless = false } = delivery
  return {
    stage,
    position,
    isLagging: receiver.isLagging,
    ...(snapshot !== undefined && { snapshot }),
    ...(coalesceMs !== undefined && { coalesce: coalesceMs }),
    mode: isLossless ? 'lossless' : 'rows',
    resets,
  }
}
