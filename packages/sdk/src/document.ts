import type { BatchOperation } from '@cloudbox/protocol/batch'
import type { Backend } from './backend.ts'
import { iterate } from './live/iterate.ts'
import type { LiveOptions, LiveSubscription } from './live/live-subscription.ts'
import type { DocumentSnapshot, Listener } from './live/snapshot.ts'
import type { ApiRequest } from './request.ts'
import { success, type Result, type Success } from './result.ts'
import type { Table } from './schema.ts'
import type { Writable } from './operators.ts'
import { Task, type BatchPart } from './task.ts'
import {
  preferOf,
  versionOf,
  type Condition,
  type DocumentOptions,
  type WriteOptions,
} from './write-options.ts'

/**
 * One document by its id.
 *
 * @example
 * const todo = box.doc('todos', id)
 * const { data } = await todo.get() // null when there is none
 * await todo.update({ done: true })
 */
export class DocumentReference<Shapes extends Table> {
  readonly id: string
  readonly #backend: Backend
  readonly #collection: string

  constructor(backend: Backend, collection: string, id: string) {
    this.#backend = backend
    this.#collection = collection
    this.id = id
  }

  /** Reads it; `data` is null when it does not exist or a policy hides it. */
  get(): Task<Shapes['Row'] | null> {
    return this.#task({ method: 'GET', path: this.#path() }, result =>
      result.error?.code === 'data/unknown-document' ? missing(result.status) : result,
    )
  }

  /** Creates it with this id, or changes these fields when it exists. */
  set(values: Writable<Shapes['Insert']>, options: WriteOptions = {}): Task<Shapes['Row']> {
    const path = `/data/${encodeURIComponent(this.#collection)}`
    const data = { ...values, id: this.id }
    const request = { method: 'PUT', path, body: data, headers: headersOf(options) } as const
    return this.#task(request, same, { op: 'upsert', data })
  }

  /**
   * Changes these fields and gives the document back; `data/unknown-document` when there is none.
   *
   * @example
   * await box.doc('todos', todo.id).update({ title }, { ifUnchanged: todo }) // or data/changed-meanwhile
   */
  update(values: Writable<Shapes['Update']>, options: DocumentOptions = {}): Task<Shapes['Row']> {
    const request = {
      method: 'PATCH',
      path: this.#path(),
      body: values,
      headers: headersOf(options),
    } as const
    return this.#task(request, same, { op: 'update', id: this.id, data: values, ...matching(options) })
  }

  /** Deletes it and gives it back a last time; `data/unknown-document` when there is none. */
  delete(options: DocumentOptions = {}): Task<Shapes['Row']> {
    const request = { method: 'DELETE', path: this.#path(), headers: headersOf(options) } as const
    return this.#task(request, same, { op: 'delete', id: this.id, ...matching(options) })
  }

  /**
   * Makes a batch fail unless the document is there and as told; it stays so until the batch is written.
   *
   * @param options - `where` is an expression in CloudBox CEL over `doc`
   */
  check(options: Condition & { readonly where?: string } = {}): Task<null> {
    const { where } = options
    const operation = {
      op: 'check',
      collection: this.#collection,
      id: this.id,
      ...matching(options),
      ...(where !== undefined && { where }),
    } as const
    const request = { method: 'POST', path: '/data/$batch', body: { operations: [operation] } } as const
    const done = (result: Result<unknown>) => (result.error === null ? { ...result, data: null } : result)
    return this.#task(request, done, operation)
  }

  /** Stays subscribed; `data` is null while there is no such document. Gives the function that stops. */
  subscribe(
    listener: Listener<DocumentSnapshot<Shapes['Row']>>,
    options: LiveOptions = {},
  ): LiveSubscription {
    const heard = typeof listener === 'function' ? { next: listener } : listener
    const target = { coll: this.#collection, doc: this.id, ...options }
    return this.#backend.live.subscribe<Shapes['Row']>(target, {
      ...heard,
      next: snapshot => heard.next?.({ ...snapshot, data: snapshot.data[0] ?? null }),
    })
  }

  /** The same as an endless iteration. */
  live(options: LiveOptions = {}): AsyncIterableIterator<DocumentSnapshot<Shapes['Row']>, void, undefined> {
    return iterate(listener => this.subscribe(listener, options), options)
  }

  #path(): string {
    return `/data/${encodeURIComponent(this.#collection)}/${encodeURIComponent(this.id)}`
  }

  #task<Data>(request: ApiRequest, read: Read, operation?: Omit<BatchOperation, 'collection'>): Task<Data> {
    const part = operation && { operation: { ...operation, collection: this.#collection }, read }
    return new RequestTask(this.#backend, request, read, part)
  }
}

type Read = (result: Result<unknown>) => Result<unknown>
const same: Read = result => result

function headersOf(options: DocumentOptions): NonNullable<ApiRequest['headers']> {
  return {
    prefer: preferOf(options),
    'idempotency-key': options.idempotencyKey,
    'if-match': versionOf(options),
  }
}

function matching(condition: Condition): { ifMatch?: string } {
  const ifMatch = versionOf(condition)
  return ifMatch === undefined ? {} : { ifMatch }
}

class RequestTask<Data> extends Task<Data> {
  readonly #backend: Backend
  readonly #request: ApiRequest
  readonly #read: Read
  readonly #part: BatchPart | undefined
  protected readonly throwOnError: boolean

  constructor(backend: Backend, request: ApiRequest, read: Read, part: BatchPart | undefined) {
    super()
    this.#part = part
    this.#backend = backend
    this.#request = request
    this.#read = read
    this.throwOnError = backend.throwOnError
  }

  override asOperation(): BatchPart | undefined {
    return this.#part
  }

  protected async run(): Promise<Result<Data>> {
    return this.#read(await this.#backend.send(this.#request)) as Result<Data>
  }
}

function missing(status: number): Success<null> {
  return success({ data: null, status })
}
