import type { Change, ServerFrame } from '@cloudbox/protocol/realtime'
import { CloudBoxError } from '../cloudbox-error.ts'
import { backoffMs } from './backoff.ts'
import { CommitWaits, unsubscribed } from './commit-waits.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { Listeners } from './listeners.ts'
import type { LiveSubscription } from './live-subscription.ts'
import type { Row } from './row.ts'
import type { Listener, Snapshot } from './snapshot.ts'
import { Subscription, type Target } from './subscription.ts'

/** A subscription that everybody asking for the same shares. */
interface Shared {
  readonly key: string
  readonly subscription: Subscription
  readonly listeners: Listeners
  /** Its number on the wire, a new one each time it is sent. */
  id: number
  failures: number
}

/** All live queries of one client, over one connection. */
export class Live {
  readonly connection: Connection
  readonly #byKey = new Map<string, Shared>()
  readonly #byId = new Map<number, Shared>()
  readonly #byGroup = new Map<number, Set<Shared>>()
  readonly #waits: CommitWaits
  #epoch = ''
  #lastId = 0

  constructor(options: ConnectionOptions) {
    this.connection = new Connection(options, {
      opened: epoch => this.#opened(epoch),
      frame: frame => this.#frame(frame),
      lost: () => this.#lost(),
      userChanged: () => this.#byKey.forEach(({ subscription }) => subscription.distrust()),
      refused: error => this.#refused(error),
    })
    this.#waits = new CommitWaits(frame => this.connection.send(frame))
  }

  /** Adds a listener; equal targets share one subscription. The listener is never called before this returns. */
  subscribe<Shape>(target: Target, listener: Listener<Snapshot<Shape>>): LiveSubscription {
    const key = JSON.stringify(target)
    const shared = this.#byKey.get(key) ?? this.#start(key, target)
    const member = shared.listeners.join(listener as Listener<Snapshot<Row>>, shared.subscription)
    const stop = () => {
      member.leave()
      this.#waits.ended(stop)
      if (shared.listeners.size === 0) this.#forget(shared, true)
    }
    const passed = (commit: string) => {
      if (!member.isHere() || this.#byKey.get(key) !== shared) return Promise.reject(unsubscribed())
      return this.#waits.wait(stop, shared, commit, this.#byId.get(shared.id) === shared)
    }
    return Object.assign(stop, { passed })
  }

  /** Ends every subscription and the connection. */
  close(): void {
    for (const shared of this.#byKey.values()) this.#waits.ended(shared)
    this.#byKey.clear()
    this.#byId.clear()
    this.#byGroup.clear()
    this.connection.close()
  }

  #start(key: string, target: Target): Shared {
    const shared = {
      key,
      subscription: new Subscription(target),
      listeners: new Listeners(),
      id: 0,
      failures: 0,
    }
    this.#byKey.set(key, shared)
    this.connection.need()
    if (this.connection.status === 'online') this.#send(shared)
    return shared
  }

  #send(shared: Shared): void {
    this.#byId.delete(shared.id)
    this.#leaveGroup(shared)
    shared.id = ++this.#lastId
    this.#byId.set(shared.id, shared)
    this.connection.send(shared.subscription.open(shared.id))
    this.#waits.sent(shared)
  }

  #forget(shared: Shared, mustTell: boolean): void {
    if (this.#byKey.get(shared.key) !== shared) return
    this.#byKey.delete(shared.key)
    this.#waits.ended(shared)
    this.#leaveGroup(shared)
    if (this.#byId.delete(shared.id) && mustTell) this.connection.send({ t: 'unsub', id: shared.id })
    if (this.#byKey.size === 0) this.connection.release()
  }

  #opened(epoch: string): void {
    this.#epoch = epoch
    for (const shared of this.#byKey.values()) this.#send(shared)
  }

  #lost(): void {
    this.#waits.lost()
    this.#byId.clear()
    this.#byGroup.clear()
    for (const { subscription, listeners } of this.#byKey.values()) listeners.emit(subscription.lost())
  }

  #refused(error: CloudBoxError): void {
    const ended = [...this.#byKey.values()]
    for (const shared of ended) this.#waits.ended(shared, error)
    // First, since a listener may subscribe again when it hears of the error.
    this.close()
    for (const { listeners } of ended) listeners.fail(error)
  }

  #frame(frame: ServerFrame): void {
    if (frame.t === 'tx') return this.#tx(frame.lsn, frame.c)
    if (frame.t === 'sync')
      return this.#byGroup.forEach(group => group.forEach(s => s.subscription.sync(frame.lsn)))
    if (frame.t === 'passed')
      return this.#waits.passed(frame.commit, target => (target as Shared).subscription.group !== undefined)
    if (frame.t === 'err' && frame.commit !== undefined)
      return this.#waits.failed(frame.commit, new CloudBoxError(frame.problem))
    const shared = 's' in frame && frame.s !== undefined ? this.#byId.get(frame.s) : undefined
    // Frames of a subscription we have just ended may still be on their way.
    if (shared === undefined) return
    const { subscription, listeners } = shared
    if (frame.t === 'snap') subscription.snap(frame.rows)
    else if (frame.t === 'reset') {
      this.#leaveGroup(shared)
      subscription.reset()
    } else if (frame.t === 'live') {
      shared.failures = 0
      this.#leaveGroup(shared)
      const snapshot = subscription.live(frame, this.#epoch)
      this.#byGroup.set(frame.g, (this.#byGroup.get(frame.g) ?? new Set()).add(shared))
      listeners.emit(snapshot)
      this.#waits.live(shared)
    } else if (frame.t === 'err') this.#failed(shared, new CloudBoxError(frame.problem))
  }

  #tx(lsn: string, changes: readonly Change[]): void {
    const touched = new Set(changes.flatMap(([, group]) => [...(this.#byGroup.get(group) ?? [])]))
    for (const { subscription, listeners } of touched) listeners.emit(subscription.tx(lsn, changes))
  }

  /** Trouble of the server passes; anything else is an answer. */
  #failed(shared: Shared, error: CloudBoxError): void {
    if (error.status < 500) {
      this.#waits.ended(shared, error)
      this.#forget(shared, false)
      return shared.listeners.fail(error)
    }
    this.#leaveGroup(shared)
    shared.listeners.emit(shared.subscription.lost())
    const failedId = shared.id
    const retry = () => {
      const isWaiting = this.#byKey.get(shared.key) === shared && shared.id === failedId
      if (isWaiting && this.connection.status === 'online') this.#send(shared)
    }
    setTimeout(retry, backoffMs(shared.failures++, Math.random()))
  }

  #leaveGroup(shared: Shared): void {
    const { group } = shared.subscription
    if (group === undefined) return
    const members = this.#byGroup.get(group)
    members?.delete(shared)
    if (members?.size === 0) this.#byGroup.delete(group)
  }
}
