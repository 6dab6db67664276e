import { createAuth, type Auth, type AuthClientOptions } from './auth/auth.ts'
import type { Backend } from './backend.ts'
import { BatchTask, type Results } from './batch.ts'
import { DocumentReference } from './document.ts'
import type { ConnectionStatus, Transport } from './live/connection.ts'
import { Live } from './live/live.ts'
import { Query } from './query.ts'
import { createOpen, createSend } from './request.ts'
import type { AnySchema, TableOf } from './schema.ts'
import type { Task } from './task.ts'
import { Token, type TokenSource } from './token.ts'
import { traceparentOf, type Traceparent } from './traceparent.ts'

export type { Auth, AuthClientOptions } from './auth/auth.ts'
export type { AuthEvent } from './auth/channel.ts'
export { cookieStorage, type CookieOptions, type Cookies } from './auth/cookie-storage.ts'
export type { SignedIn } from './auth/context.ts'
export type { AuthListener, Session } from './auth/session-keeper.ts'
export type { Factor, NewFactor } from './auth/mfa.ts'
export type { ProviderReply, ProviderRequest } from './auth/oauth.ts'
export type { SignOutScope } from './auth/own-account.ts'
export type { Passkey, PasskeyOptions } from './auth/passkeys.ts'
export type {
  LinkOptions,
  SignedUp,
  SignInWithIdToken,
  SignInWithOtp,
  VerifyOtp,
  SignInWithPassword,
  SignUp,
} from './auth/ways-in.ts'
export type { AuthOptions, Device, Identity, User, UserChange } from '@cloudbox/protocol/auth'
export { browserStorage, memoryStorage, type AuthStorage } from './auth/storage.ts'
export { CloudBoxError } from './cloudbox-error.ts'
export type { Decision, DeliveryState, Explanation } from '@cloudbox/protocol/realtime'
export type { DocumentReference } from './document.ts'
export type { ConnectionStatus, Transport } from './live/connection.ts'
export type { LiveOptions, LiveSubscription } from './live/live-subscription.ts'
export type {
  DocumentChange,
  DocumentSnapshot,
  Listener,
  LiveStatus,
  Snapshot,
  SnapshotMeta,
} from './live/snapshot.ts'
export type { AggregateQuery } from './aggregate-query.ts'
export { avg, count, max, min, sum } from './aggregates.ts'
export type { Aggregate, Aggregated } from './aggregates.ts'
export { append, increment, remove, serverTime, union } from './operators.ts'
export type { Writable } from './operators.ts'
export type { Query } from './query.ts'
export type { Failure, Result, Success } from './result.ts'
export type { AnyRow, AnySchema, TableOf } from './schema.ts'
export type { Task } from './task.ts'
export type { TokenSource } from './token.ts'
export type { Traceparent } from './traceparent.ts'
export type { Condition, DocumentOptions, Minimal, UpsertOptions, WriteOptions } from './write-options.ts'

/** How a client behaves. */
export interface ClientOptions {
  /** Reject with a CloudBoxError instead of resolving to one. */
  readonly throwOnError?: boolean
  /** The token of the signed-in user. */
  readonly token?: string
  /**
   * Asked for the user's token before each request and when a live connection needs a new one. For tokens that others
   * made: `auth` of the client looks after those of its own sessions.
   */
  readonly accessToken?: () => string | null | undefined | Promise<string | null | undefined>
  /** How users stay signed in. */
  readonly auth?: AuthClientOptions
  /** Instead of the global fetch. */
  readonly fetch?: typeof globalThis.fetch
  /**
   * Sends a `traceparent` with each request, so that the server's traces begin in the app: `true` begins a trace for each,
   * a function gives the app's own, as from OpenTelemetry.
   * @see https://www.w3.org/TR/trace-context/
   */
  readonly traceparent?: Traceparent
  /** How live queries travel; `auto` unless told. */
  readonly transport?: Transport
  /** Instead of the global WebSocket. */
  readonly WebSocket?: typeof globalThis.WebSocket
}

/** The live connection of a client: one WebSocket (or stream of events), open while something is subscribed. */
export interface ClientConnection {
  readonly status: ConnectionStatus
  /** Calls back at each change. Gives the function that stops it. */
  onChange(listener: (status: ConnectionStatus) => void): () => void
}

type NameOf<Schema> = keyof Schema & string
type QueryOf<Schema, Name extends NameOf<Schema>> = Query<
  TableOf<Schema[Name]>,
  TableOf<Schema[Name]>['Row'],
  TableOf<Schema[Name]>['Row'][]
>

/** A client of one environment. */
export interface Client<Schema extends object = AnySchema> {
  /** The documents of a collection: query them, write them, subscribe to them. */
  collection<Name extends NameOf<Schema>>(name: Name): QueryOf<Schema, Name>
  /** The same as `collection`. */
  from<Name extends NameOf<Schema>>(name: Name): QueryOf<Schema, Name>
  /** One document by its id. */
  doc<Name extends NameOf<Schema>>(collection: Name, id: string): DocumentReference<TableOf<Schema[Name]>>
  /**
   * Sends several writes in one transaction: all are done, in order, or none. The results come in the same order.
   * It has an idempotency key of its own, so that it is sent again when no answer comes.
   *
   * @example
   * const { data, error } = await box.batch([
   *   box.collection('orders').insert({ item }),
   *   box.doc('items', item).update({ stock: increment(-1) }),
   * ])
   * if (error === null) console.log(data[0].id)
   */
  batch<const Writes extends readonly Task<unknown>[]>(
    writes: Writes,
    options?: { readonly idempotencyKey?: string },
  ): Task<Results<Writes>>
  /** Ways in for the app's users, and their session: requests and live queries speak for them. */
  readonly auth: Auth
  /**
   * Speaks with a token of your own from now on, or for nobody; live queries follow. Until somebody signs in with `auth`.
   */
  setToken(token: TokenSource | null): void
  readonly connection: ClientConnection
  /** Ends every live query, the connection and what happens in the background, without calling a listener. */
  close(): void
}

/**
 * Makes a client of one environment. Nothing is sent before the first query.
 *
 * @param url - the environment's address, e.g. `http://localhost:8090/my-app/dev`
 * @param key - its publishable key; the secret key (on servers only) passes every policy
 *
 * @example
 * interface Schema {
 *   todos: { id: string; title: string; done: boolean; createdAt: string }
 * }
 * const box = createClient<Schema>('http://localhost:8090/my-app/dev', 'cb_pub_…')
 * const { data, error } = await box.collection('todos').eq('done', false).orderBy('createdAt', 'desc').limit(20)
 */
export function createClient<Schema extends object = AnySchema>(
  url: string,
  key: string,
  options: ClientOptions = {},
): Client<Schema> {
  const base = `${url.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1`
  // Looked up at the call, so that a fetch replaced later (by instrumentation, in tests) is used.
  const fetch: typeof globalThis.fetch = options.fetch ?? ((...call) => globalThis.fetch(...call))
  const throwOnError = options.throwOnError ?? false
  const { auth, ...session } = createAuth({ base, apiKey: key, fetch, throwOnError, ...options.auth })
  const token = new Token(options.accessToken ?? options.token ?? session.tokens)
  const open = createOpen(base, key, token, fetch, traceparentOf(options.traceparent))
  const live = new Live({
    url: `${base.replace(/^http/, 'ws')}/realtime?apikey=${encodeURIComponent(key)}`,
    token,
    transport: options.transport ?? 'auto',
    post: (body, signal) =>
      fetch(`${base}/realtime/events`, {
        method: 'POST',
        headers: { apikey: key, 'content-type': 'application/json' },
        body,
        signal,
      }),
    WebSocket: options.WebSocket ?? globalThis.WebSocket,
  })
  const backend: Backend = { send: createSend(open), open, live, throwOnError }
  session.onChange(event => {
    if (event === 'SIGNED_IN') token.set(session.tokens)
    void live.connection.authenticate()
  })
  const collection = <Name extends NameOf<Schema>>(name: Name): QueryOf<Schema, Name> =>
    new Query(backend, { collection: name, filters: [], where: [], order: [], shape: 'many' })
  return {
    collection,
    from: collection,
    doc: (name, id) => new DocumentReference(backend, name, id),
    batch: (writes, { idempotencyKey } = {}) => new BatchTask(backend, writes, idempotencyKey),
    auth,
    setToken(source) {
      token.set(source)
      void live.connection.authenticate()
    },
    connection: live.connection,
    close() {
      live.close()
      session.stop()
    },
  }
}
