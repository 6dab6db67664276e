import { realtimeProblems } from '@cloudbox/protocol/realtime'
import type { Database } from '../../kernel/db.ts'
import { Problem } from '../../kernel/problem.ts'
import { sql } from '../../kernel/sql.ts'
import type { ChangeStream, Transaction } from '../../kernel/stream.ts'
import { Frame } from './frame.ts'
import type { Receiver, Subscription } from './subscription.ts'

/** Commits one connection may wait for at the same time. */
const mostWaits = 100
/** Commits of which the place in the log is remembered, so that most questions need no database. */
const remembered = 10_000

/** One receiver waits until its subscriptions have been told a commit. */
interface Wait {
  readonly commit: string
  /** Where the commit ends in the log, or a later place; unknown until it has been found. */
  lsn: string | undefined
  readonly subscriptions: ReadonlySet<Subscription>
}

/** Tells receivers when everything of a commit has been told. */
export class CommitWaits {
  readonly #db: Database
  readonly #stream: ChangeStream
  readonly #waits = new Map<Receiver, Set<Wait>>()
  readonly #recent = new Map<bigint, string>()

  constructor(db: Database, stream: ChangeStream) {
    this.#db = db
    this.#stream = stream
  }

  /** Every commit, after it has been told. */
  hear({ xid, lsn }: Transaction): void {
    this.#recent.set(xid, lsn)
    if (this.#recent.size <= remembered) return
    const [oldest] = this.#recent.keys()
    this.#recent.delete(oldest!)
  }

  /** Sends `passed` when these subscriptions have been told everything of the commit. Throws a Problem. */
  async wait(receiver: Receiver, commit: string, subscriptions: Iterable<Subscription>): Promise<void> {
    const waits = this.#waits.get(receiver) ?? new Set<Wait>()
    if (waits.size >= mostWaits) {
      const detail = `One connection may wait for ${mostWaits} commits.`
      throw new Problem(realtimeProblems['too-many-awaits'], detail)
    }
    this.#waits.set(receiver, waits)
    const wait: Wait = { commit, lsn: undefined, subscriptions: new Set(subscriptions) }
    waits.add(wait)
    try {
      wait.lsn = await this.#find(commit)
    } catch (error) {
      waits.delete(wait)
      throw error
    }
    this.settle(receiver)
  }

  /** Something was told to the receiver, or one of its subscriptions has ended. */
  settle(receiver: Receiver): void {
    const waits = this.#waits.get(receiver)
    if (waits === undefined || receiver.isLagging) return
    for (const wait of waits) {
      const { commit, lsn, subscriptions } = wait
      if (lsn === undefined || ![...subscriptions].every(subscription => isTold(subscription, lsn))) continue
      waits.delete(wait)
      receiver.send(Frame.of({ t: 'passed', commit, lsn }))
    }
    if (waits.size === 0) this.#waits.delete(receiver)
  }

  leave(receiver: Receiver): void {
    this.#waits.delete(receiver)
  }

  /** A place in the log, already read, where the commit has happened. */
  async #find(commit: string): Promise<string> {
    const known = /^[1-9]\d{0,18}$/.test(commit) ? this.#recent.get(BigInt(commit)) : ''
    if (known === '') throw unknown('is not a token of a commit')
    if (known !== undefined) return known
    const [answer] = await this.#db.query<{ status: string }>(sql`
      select case when ${commit}::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) then 'not begun'
        else coalesce(pg_xact_status(${commit}::text::xid8), 'forgotten') end as status`)
    const { status } = answer!
    // What Postgres has forgotten ended long ago: every answer has it.
    if (status !== 'committed' && status !== 'forgotten') throw unknown(`is ${status}`)
    // It changed nothing that is streamed, or is about to be heard, or was long ago.
    await this.#stream.caughtUp()
    return this.#stream.lsn
  }
}

function unknown(what: string): Problem {
  return new Problem(realtimeProblems['unknown-commit'], `This transaction ${what}.`)
}

/** Whether the client has been sent everything up to a place. */
function isTold({ hasEnded, stage, held, announced, group }: Subscription, lsn: string): boolean {
  if (hasEnded) return true
  if (stage === 'live') return group?.toldUpTo === undefined || group.toldUpTo >= lsn
  return stage === 'behind' && announced === group && held >= lsn
}
