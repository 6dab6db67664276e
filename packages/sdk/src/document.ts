import type { Backend } from './backend.ts'
import { iterate } from './live/iterate.ts'
import type { LiveOptions, LiveSubscription } from './live/live-subscription.ts'
import type { DocumentSnapshot, Listener } from './live/snapshot.ts'
import type { ApiRequest } from './request.ts'
import { success, type Result, type Success } from './result.ts'
import type { Table } from './schema.ts'
import { Task } from './task.ts'

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
  set(values: Shapes['Insert']): Task<Shapes['Row']> {
    const path = `/data/${encodeURIComponent(this.#collection)}`
    const body = [{ ...values, id: this.id }]
    return this.#task({ method: 'PUT', path, body }, result =>
      Array.isArray(result.data) ? { ...(result as Success<unknown[]>), data: result.data[0] } : result,
    )
  }

  /** Changes these fields and gives the document back; `data/unknown-document` when there is none. */
  update(values: Shapes['Update']): Task<Shapes['Row']> {
    return this.#task({ method: 'PATCH', path: this.#path(), body: values })
  }

  /** Deletes it and gives it back a last time; `data/unknown-document` when there is none. */
  delete(): Task<Shapes['Row']> {
    return this.#task({ method: 'DELETE', path: this.#path() })
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

  #task<Data>(
    request: ApiRequest,
    read: (result: Result<unknown>) => Result<unknown> = result => result,
  ): Task<Data> {
    return new RequestTask(this.#backend, request, read)
  }
}

class RequestTask<Data> extends Task<Data> {
  readonly #backend: Backend
  readonly #request: ApiRequest
  readonly #read: (result: Result<unknown>) => Result<unknown>
  protected readonly throwOnError: boolean

  constructor(backend: Backend, request: ApiRequest, read: (result: Result<unknown>) => Result<unknown>) {
    super()
    this.#backend = backend
    this.#request = request
    this.#read = read
    this.throwOnError = backend.throwOnError
  }

  protected async run(): Promise<Result<Data>> {
    return this.#read(await this.#backend.send(this.#request)) as Result<Data>
  }
}

function missing(status: number): Success<null> {
  return success({ data: null, status })
}
