import type { CloudBoxError, LiveSubscription, Snapshot } from '@cloudbox/client'
import { headers } from '@cloudbox/protocol/http'
import { untrack } from 'svelte'
import { basePath, open } from '#session/ask.ts'
import type { CurrentEnvironment } from '#session/environment.svelte.ts'
import { toError } from '#session/loaded.svelte.ts'
import { changedFields } from './changed-fields.ts'
import { countedUpTo, totalOf, type Collection } from './collections.ts'
import { columnsOf } from './columns.ts'
import { conditionsOf, orderOf, type GridQuery } from './grid-query.ts'

export type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly updatedAt: string }

/** How the rows are kept up: told every change, asked for now and then, or not at all. */
export type Freshness = 'loading' | 'live' | 'stale' | 'polled'

const pageSize = 100
/** A live query may hold as many; what is further down is read page by page. */
const longestWindow = 1000
const pollMs = 5000
const flashMs = 1600
const recountMs = 1000

/** The documents of a grid: read page by page as one scrolls, and kept up with what others write. */
export class Rows {
  all = $state.raw<readonly Row[]>([])
  total = $state.raw<number | undefined>()
  isExact = $state(false)
  isLoading = $state(false)
  isWhole = $state(false)
  error = $state.raw<CloudBoxError | undefined>()
  freshness = $state<Freshness>('loading')
  /** Why there is no live query, where it was refused. */
  refusal = $state.raw<CloudBoxError | undefined>()
  /** Cells that have just been changed by somebody: `id.field`. */
  flashes = $state.raw<ReadonlySet<string>>(new Set())
  /** What is being saved, shown already. */
  pending = $state.raw<ReadonlyMap<string, Readonly<Record<string, unknown>>>>(new Map())

  readonly #environment: CurrentEnvironment
  readonly #collection: Collection
  #query: GridQuery = { filters: [], order: undefined, search: '' }
  #cursor: string | null = null
  #abort = new AbortController()
  #stop: LiveSubscription | undefined
  #poll: ReturnType<typeof setInterval> | undefined
  #recount: ReturnType<typeof setTimeout> | undefined
  #window = 0
  #isFirstSnapshot = true

  constructor(environment: CurrentEnvironment, collection: Collection) {
    this.#environment = environment
    this.#collection = collection
  }

  get collection(): Collection {
    return this.#collection
  }

  /** The rows as they are shown: with what is being saved. */
  get shown(): readonly Row[] {
    const { all, pending } = this
    return pending.size === 0
      ? all
      : all.map(row => (pending.has(row.id) ? { ...row, ...pending.get(row.id) } : row))
  }

  /** Begins anew with another query. */
  async show(query: GridQuery): Promise<void> {
    this.#leave()
    this.#query = query
    this.#cursor = null
    this.#window = 0
    this.isExact = false
    await untrack(() => this.#readPage(true))
  }

  async more(): Promise<void> {
    if (this.isLoading || this.isWhole || this.error !== undefined) return
    if (this.#cursor === null && this.#stop !== undefined && this.all.length < longestWindow) this.#follow()
    else await this.#readPage(false)
  }

  /** Counts every document that matches, instead of estimating. */
  async countExactly(): Promise<void> {
    const response = await this.#open({ limit: 1, select: 'id', count: 'exact' })
    await response.body?.cancel()
    this.total = totalOf(response)
    this.isExact = true
  }

  close(): void {
    this.#leave()
  }

  /** A document as it is now takes the place of what was shown. */
  replace(row: Row): void {
    this.all = this.all.map(one => (one.id === row.id ? row : one))
  }

  /** What was written by hand is seen at once, also where nothing tells of changes. */
  written(): void {
    if (this.freshness === 'polled') void this.#readAgain()
  }

  setPending(id: string, changes: Readonly<Record<string, unknown>> | undefined): void {
    const next = new Map(this.pending)
    if (changes === undefined) next.delete(id)
    else next.set(id, { ...next.get(id), ...changes })
    this.pending = next
  }

  #leave(): void {
    this.#abort.abort()
    this.#abort = new AbortController()
    this.#stop?.()
    this.#stop = undefined
    clearInterval(this.#poll)
    clearTimeout(this.#recount)
    this.#recount = undefined
    this.#poll = undefined
  }

  #open(query: Readonly<Record<string, string | number | undefined>>): Promise<Response> {
    const conditions = conditionsOf(this.#query, columnsOf(this.#collection))
    return open('GET', `${basePath(this.#environment)}/data/${this.#collection.name}`, {
      query: {
        ...(conditions !== undefined && { and: `(${conditions})` }),
        order: orderOf(this.#query),
        ...query,
      },
      signal: this.#abort.signal,
    })
  }

  async #readPage(isFirst: boolean): Promise<void> {
    const { signal } = this.#abort
    this.isLoading = true
    try {
      // Behind rows that a live query brought, no page has ended yet: the cursor comes with them.
      const limit = isFirst || this.#cursor !== null ? pageSize : Math.min(longestWindow, this.all.length)
      const response = await this.#open({
        limit,
        ...(isFirst ? { count: 'estimated' } : { after: this.#cursor ?? undefined }),
      })
      const rows = (await response.json()) as Row[]
      if (signal.aborted) return
      const known = new Set(isFirst ? [] : this.all.map(({ id }) => id))
      this.all = isFirst ? rows : [...this.all, ...rows.filter(({ id }) => !known.has(id))]
      this.#cursor = response.headers.get(headers.nextCursor)
      this.isWhole = this.#cursor === null
      if (isFirst) this.#tell(this.isWhole ? rows.length : totalOf(response))
      this.error = undefined
      this.#follow()
    } catch (error) {
      if (signal.aborted) return
      this.error = toError(error)
    } finally {
      if (!signal.aborted) this.isLoading = false
    }
  }

  /** Not for each of many changes. */
  #countSoon(): void {
    this.#recount ??= setTimeout(() => {
      this.#recount = undefined
      void this.#count()
    }, recountMs)
  }

  async #count(): Promise<void> {
    try {
      const response = await this.#open({ limit: 1, select: 'id', count: 'estimated' })
      await response.body?.cancel()
      this.isExact = false
      this.#tell(totalOf(response))
    } catch {
      // What stands there is the last that was known.
    }
  }

  #tell(total: number | undefined): void {
    this.total = total
    if (!this.isWhole && total !== undefined && total < countedUpTo) this.countExactly().catch(() => {})
  }

  /** Stays subscribed to what was read, as far as a live query reaches. */
  #follow(): void {
    const { client } = this.#environment
    if (client === undefined || this.refusal !== undefined) return this.#ask()
    const wanted = Math.min(longestWindow, Math.ceil((this.all.length + 1) / pageSize) * pageSize)
    if (wanted <= this.#window) return
    this.#window = wanted
    this.#stop?.()
    const conditions = conditionsOf(this.#query, columnsOf(this.#collection))
    const { order } = this.#query
    let query = client.collection(this.#collection.name).limit(wanted)
    if (conditions !== undefined) query = query.or(`and(${conditions})`)
    if (order !== undefined) query = query.order(order.field, { ascending: !order.isDescending })
    this.#isFirstSnapshot = true
    this.#stop = query.subscribe({
      next: snapshot => this.#take(snapshot as unknown as Snapshot<Row>),
      status: status => (this.freshness = status),
      error: error => {
        this.refusal = error
        this.#ask()
      },
    })
  }

  #take({ data, changes }: Snapshot<Row>): void {
    const isFirst = this.#isFirstSnapshot
    this.#isFirstSnapshot = false
    const before = this.all
    const isFull = data.length >= this.#window
    // Behind a full window stays what was read page by page.
    const inWindow = new Set(data.map(({ id }) => id))
    const rest = isFull ? before.slice(this.#window).filter(({ id }) => !inWindow.has(id)) : []
    this.all = [...data, ...rest]
    if (!isFull) {
      this.isWhole = true
      this.total = data.length
    } else {
      if (this.#window < longestWindow || before.length <= this.#window) this.isWhole = false
      if (!isFirst) this.#countSoon()
    }
    if (!isFirst) this.#flash(changes.flatMap(change => changedFields(change, this.pending)))
  }

  #flash(keys: readonly string[]): void {
    if (keys.length === 0) return
    this.flashes = new Set([...this.flashes, ...keys])
    setTimeout(() => {
      const next = new Set(this.flashes)
      for (const key of keys) next.delete(key)
      this.flashes = next
    }, flashMs)
  }

  #ask(): void {
    this.freshness = 'polled'
    this.#poll ??= setInterval(() => {
      if (document.visibilityState === 'visible') void this.#readAgain()
    }, pollMs)
  }

  async #readAgain(): Promise<void> {
    const { signal } = this.#abort
    try {
      const limit = Math.min(longestWindow, Math.max(pageSize, this.all.length))
      const response = await this.#open({ limit })
      const rows = (await response.json()) as Row[]
      if (signal.aborted) return
      const before = new Map(this.all.map(row => [row.id, row]))
      const changes = rows.flatMap(doc => {
        const old = before.get(doc.id)
        if (old?.updatedAt === doc.updatedAt) return []
        return changedFields(
          old ? { type: 'modified', doc, old } : { type: 'added', doc, old: undefined },
          this.pending,
        )
      })
      const shown = new Set(rows.map(({ id }) => id))
      this.all = [...rows, ...this.all.slice(limit).filter(({ id }) => !shown.has(id))]
      if (this.all.length <= limit) {
        this.#cursor = response.headers.get(headers.nextCursor)
        this.isWhole = this.#cursor === null
      }
      this.#flash(changes)
    } catch {
      // The next time may work; what is shown stays.
    }
  }
}
