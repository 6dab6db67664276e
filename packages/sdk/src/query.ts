import type { Backend } from './backend.ts'
import { Filters } from './filters.ts'
import { iterate } from './live/iterate.ts'
import type { LiveOptions, LiveSubscription } from './live/live-subscription.ts'
import type { Listener, Snapshot } from './live/snapshot.ts'
import type { Writable } from './operators.ts'
import { pick } from './pick.ts'
import { toLiveQuery, type QueryState, type Write } from './query-state.ts'
import type { Result, Success } from './result.ts'
import type { Field, Selected, Table } from './schema.ts'
import type { BatchPart } from './task.ts'
import { toOperation, toRequest } from './to-request.ts'
import type { Minimal, UpsertOptions, WriteOptions } from './write-options.ts'

/** The same result with other documents in it: a list stays a list, one stays one. */
type Reshaped<Data, Out> = Data extends readonly unknown[] ? Out[] : Data extends null ? null : Out

/**
 * A query of one collection, or a write to it: describe it, then await it, page through it or stay subscribed.
 * Every step gives a new query, so a query can be kept and refined in several ways. Nothing is sent before the await.
 *
 * @example
 * const open = box.collection('todos').eq('done', false).order('createdAt', { ascending: false })
 * const { data, error, nextCursor } = await open.limit(20)
 * const stop = open.limit(50).subscribe(({ data, changes }) => render(data, changes))
 */
export class Query<Shapes extends Table, Out extends object, Data> extends Filters<Shapes['Row'], Data> {
  readonly #backend: Backend
  protected readonly state: QueryState
  protected readonly throwOnError: boolean

  constructor(backend: Backend, state: QueryState) {
    super()
    this.#backend = backend
    this.state = state
    this.throwOnError = backend.throwOnError
  }

  /** Which fields to send: `id,title,author(name)`; all unless told. */
  select<const Text extends string>(
    fields: Text,
  ): Query<Shapes, Selected<Shapes['Row'], Text>, Reshaped<Data, Selected<Shapes['Row'], Text>>> {
    return this.#as({ select: fields })
  }

  /** Sorts by a field; call it again for the next one. */
  order(field: Field<Shapes['Row']>, { ascending = true }: { readonly ascending?: boolean } = {}): this {
    return this.with({ order: [...this.state.order, `${field}.${ascending ? 'asc' : 'desc'}`] })
  }
  /** `order` as Firestore writes it. */
  orderBy(field: Field<Shapes['Row']>, direction: 'asc' | 'desc' = 'asc'): this {
    return this.order(field, { ascending: direction === 'asc' })
  }
  /** At most this many documents. */
  limit(documents: number): this {
    return this.with({ limit: documents })
  }
  /** The page after this cursor (`nextCursor` of the page before, of the same query); null is the first page. */
  after(cursor: string | null): this {
    return this.with({ after: cursor })
  }
  /** Also tell how many documents match, whatever the limit. An exact count reads them all. */
  count(kind: 'exact' | 'estimated' = 'exact'): this {
    return this.with({ count: kind })
  }
  /** Ends the request with `client/aborted` when the signal fires. */
  abortSignal(signal: AbortSignal): this {
    return this.with({ signal })
  }

  /** Exactly one document; none or several are the error `client/not-one` (a write has happened all the same). */
  single(): Query<Shapes, Out, Out> {
    return this.#as({ shape: 'single' })
  }
  /** One document, or null when there is none; several are the error `client/not-one`. */
  maybeSingle(): Query<Shapes, Out, Out | null> {
    return this.#as({ shape: 'maybeSingle' })
  }
  /** The first document, or null when there is none. */
  first(): Query<Shapes, Out, Out | null> {
    return this.#as({ shape: 'first' })
  }

  /** Creates one document or several (all or none) and gives them back. */
  insert(
    document: Writable<Shapes['Insert']> | readonly Writable<Shapes['Insert']>[],
    options: Minimal,
  ): Query<Shapes, Out, null>
  insert(documents: readonly Writable<Shapes['Insert']>[], options?: WriteOptions): Query<Shapes, Out, Out[]>
  insert(document: Writable<Shapes['Insert']>, options?: WriteOptions): Query<Shapes, Out, Out>
  insert(body: unknown, options: WriteOptions = {}): Query<Shapes, Out, never> {
    return this.#writing({ kind: 'insert', body, options })
  }

  /** Creates documents, or updates those that are there already, and gives them back. */
  upsert(
    document: Writable<Shapes['Insert']> | readonly Writable<Shapes['Insert']>[],
    options: UpsertOptions & Minimal,
  ): Query<Shapes, Out, null>
  upsert(documents: readonly Writable<Shapes['Insert']>[], options?: UpsertOptions): Query<Shapes, Out, Out[]>
  upsert(document: Writable<Shapes['Insert']>, options?: UpsertOptions): Query<Shapes, Out, Out>
  upsert(body: unknown, options: UpsertOptions = {}): Query<Shapes, Out, never> {
    return this.#writing({ kind: 'upsert', body, options })
  }

  /** Changes these fields of every document the filters meet, and gives those back. */
  update(values: Writable<Shapes['Update']>, options: Minimal): Query<Shapes, Out, null>
  update(values: Writable<Shapes['Update']>, options?: WriteOptions): Query<Shapes, Out, Out[]>
  update(body: unknown, options: WriteOptions = {}): Query<Shapes, Out, never> {
    return this.#writing({ kind: 'update', body, options })
  }

  /** Deletes every document the filters meet, and gives them back a last time. */
  delete(options: Minimal): Query<Shapes, Out, null>
  delete(options?: WriteOptions): Query<Shapes, Out, Out[]>
  delete(options: WriteOptions = {}): Query<Shapes, Out, never> {
    return this.#writing({ kind: 'delete', options })
  }

  /** All pages from here on, each as large as the limit; rejects with a CloudBoxError. */
  async *pages(): AsyncGenerator<Success<Data>, void, undefined> {
    let page = await this.orThrow()
    yield page
    while (page.nextCursor !== null) {
      page = await this.after(page.nextCursor).orThrow()
      yield page
    }
  }

  /**
   * Stays subscribed: the listener gets the whole result and what changed in it. Gives the function that stops.
   *
   * @example
   * const stop = open.limit(50).subscribe(({ data }) => render(data), { coalesce: 250 })
   */
  subscribe(listener: Listener<Snapshot<Out>>, options: LiveOptions = {}): LiveSubscription {
    const { collection } = this.state
    const target = { coll: collection, q: toLiveQuery(this.state), ...options }
    return this.#backend.live.subscribe<Out>(target, listener)
  }

  /**
   * The same as an endless iteration. A slow loop misses no change: what happened meanwhile comes as one snapshot, or
   * commit by commit when the mode is lossless.
   *
   * @example
   * for await (const { data } of box.collection('todos').limit(10).live()) console.log(data.length)
   */
  live(options: LiveOptions = {}): AsyncIterableIterator<Snapshot<Out>, void, undefined> {
    return iterate(listener => this.subscribe(listener, options), options)
  }

  protected with(change: Partial<QueryState>): this {
    return new Query(this.#backend, { ...this.state, ...change }) as this
  }

  #as<NewOut extends object, NewData>(change: Partial<QueryState>): Query<Shapes, NewOut, NewData> {
    return new Query(this.#backend, { ...this.state, ...change })
  }

  #writing(write: Write): Query<Shapes, Out, never> {
    return this.#as({ write })
  }

  override asOperation(): BatchPart | undefined {
    const { state } = this
    if (state.write === undefined) return undefined
    return { operation: toOperation(state, state.write), read: result => pick(result, state) }
  }

  protected async run(): Promise<Result<Data>> {
    const result = await this.#backend.send(toRequest(this.state))
    return (result.error === null ? pick(result, this.state) : result) as Result<Data>
  }
}
