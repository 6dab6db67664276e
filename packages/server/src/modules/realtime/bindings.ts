import { predicateKey } from '@cloudbox/policy/predicate-key'
import type { Cursor, ResetReason } from '@cloudbox/protocol/realtime'
import type { ChangeStream } from '../../kernel/stream.ts'
import type { LiveQuery } from '../data/module.ts'
import type { Catalogue } from './catalogue.ts'
import { drop } from './coalescing.ts'
import { names, sameLookups, type CollectionsChange, type Definitions } from './definitions.ts'
import type { Feed } from './feed.ts'
import type { Group } from './group.ts'
import type { Subscription } from './subscription.ts'

export interface BindingOptions {
  readonly stream: ChangeStream
  readonly catalogue: Catalogue
  readonly definitions: Definitions
  readonly feed: Feed
  /** The subscription may not be, or be no longer, for this reason. */
  refuse(subscription: Subscription, error: unknown): void
}

/** Puts subscriptions into the groups of their questions, and into others when collections or callers change. */
export class Bindings {
  readonly #options: BindingOptions

  constructor(options: BindingOptions) {
    this.#options = options
  }

  /**
   * Compiles the query for its caller and puts the subscription into its group. Where the bound query is the one it
   * had, it goes on untouched; else it goes on from `since` if it can, or is reset.
   */
  bind(subscription: Subscription, how: { since?: Cursor; otherwise?: ResetReason }): void {
    this.#run(subscription, this.#bind(subscription, how))
  }

  async #bind(
    subscription: Subscription,
    { since, otherwise }: { since?: Cursor; otherwise?: ResetReason },
  ): Promise<void> {
    const { catalogue, definitions, feed, stream } = this.#options
    const attempt = ++subscription.attempt
    const query = await definitions.compile(subscription)
    if (subscription.attempt !== attempt || catalogue.isIn(subscription.group, query)) return
    this.#join(subscription, query)
    if (since === undefined || since.epoch !== stream.epoch) return feed.start(subscription, otherwise)
    subscription.fallBehind(since.lsn, 'gap')
    feed.catchUp(subscription)
  }

  /** From here on nobody is judged by what the collections were. */
  collectionsChanged(change: CollectionsChange, before: string): void {
    for (const group of this.#groupsOf(change)) this.#close(group, before)
    // A subscription made at the moment of a change may have been compiled against what the collection was.
    this.#options.definitions.note(change, () => {
      for (const group of this.#groupsOf(change)) void this.#lookAgain(group, before)
    })
  }

  leaveGroup(subscription: Subscription): void {
    const { group } = subscription
    if (group === undefined) return
    subscription.group = undefined
    group.members.delete(subscription.receiver)
    group.waiting.delete(subscription)
    if (group.members.size === 0 && !group.isClosed) this.#remove(group)
  }

  /** Puts the subscription into the group of its question. */
  #join(subscription: Subscription, query: LiveQuery): void {
    this.leaveGroup(subscription)
    const group = this.#options.catalogue.groupOf(subscription, query)
    group.members.set(subscription.receiver, subscription)
    subscription.group = group
    subscription.shown = undefined
  }

  /** Waits for binding; a subscription that cannot be bound ends, unless it has been bound otherwise meanwhile. */
  #run(subscription: Subscription, binding: Promise<void>): void {
    const { attempt } = subscription
    binding.catch((error: unknown) => {
      if (subscription.attempt === attempt) this.#options.refuse(subscription, error)
    })
  }

  #groupsOf(change: CollectionsChange): Group[] {
    return [...this.#options.catalogue.groups].filter(
      group => group.environmentId === change.environmentId && names(change, group.query),
    )
  }

  async #lookAgain(group: Group, before: string): Promise<void> {
    if ((await this.#options.definitions.isOutdated(group)) && !group.isClosed) this.#close(group, before)
  }

  #close(group: Group, before: string): void {
    const held = group.toldUpTo ?? before
    this.#remove(group)
    for (const subscription of group.members.values())
      this.#run(subscription, this.#changeGroup(subscription, group, held))
  }

  #remove(group: Group): void {
    group.isClosed = true
    drop(group)
    this.#options.catalogue.remove(group)
  }

  /** Binds the subscription of a closed group anew; it goes on from `before` if its question stayed the same. */
  async #changeGroup(subscription: Subscription, old: Group, before: string): Promise<void> {
    const { definitions, feed } = this.#options
    const attempt = ++subscription.attempt
    if (subscription.stage === 'live') subscription.fallBehind(before, 'gap')
    // First everybody else hears of the change, above all the one who compiles.
    await Promise.resolve()
    const query = await definitions.compile(subscription, old.query.collection.version)
    if (subscription.attempt !== attempt) return
    this.#join(subscription, query)
    if (subscription.stage !== 'behind') return feed.start(subscription)
    const isSame = sameStructure(old.query, query)
    subscription.otherwise = isSame ? 'policy' : 'schema'
    if (!isSame || !sameQuestion(old.query, query)) return feed.start(subscription, subscription.otherwise)
    subscription.forgiven++
    feed.catchUp(subscription)
  }
}

function sameStructure(a: LiveQuery, b: LiveQuery): boolean {
  const structure = ({ collection: { definition } }: LiveQuery) =>
    JSON.stringify([definition.fields, definition.flexible ?? false])
  return structure(a) === structure(b)
}

function sameQuestion(a: LiveQuery, b: LiveQuery): boolean {
  return predicateKey(a.predicate) === predicateKey(b.predicate) && sameLookups(a, b)
}
