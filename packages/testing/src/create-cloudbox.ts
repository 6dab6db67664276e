import {
  createClient,
  memoryStorage,
  type AnySchema,
  type Client,
  type ClientOptions,
} from '@cloudbox/client'
import type { DefinedSchema, SchemaOf } from '@cloudbox/client/schema'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { openBox } from './open-box.ts'
import { boxClock, type BoxClock } from './box/clock.ts'
import { boxMails, type BoxMails } from './box/mails.ts'
import type { BoxNetwork } from './box/network.ts'
import { resetBox } from './box/reset.ts'
import { boxUsers, type BoxUser } from './box/users.ts'

export type { BoxClock } from './box/clock.ts'
export type { Duration } from './box/duration.ts'
export type { BoxMail, BoxMails, MailFilter } from './box/mails.ts'
export type { BoxNetwork } from './box/network.ts'
export type { BoxUser } from './box/users.ts'

/** How a box begins. */
export interface CloudBoxOptions {
  /** The app's collections: what `cloudbox/schema.ts` exports, or plain definitions. */
  readonly schema?:
    { readonly collections: readonly CollectionDefinition[] } | readonly CollectionDefinition[]
  /** Stops the box at the end of the tests: `after` of node:test, `afterAll` of Vitest or of Playwright's test. */
  readonly after?: (stop: () => Promise<void>) => unknown
  /** Options of the server, as on the command line: `['--log-level', 'debug']`. */
  readonly argv?: readonly string[]
  /** Where the shared Postgres lives; `node_modules/.cache/cloudbox-testing` unless told. */
  readonly folder?: string
  /**
   * A Postgres to use instead of the embedded one, as a superuser and with `wal_level = logical`. The variable
   * CLOUDBOX_TEST_DATABASE_URL says the same for all boxes.
   */
  readonly databaseUrl?: string
}

/** A CloudBox of its own for a test file: a whole server on a database that nobody else uses. */
export interface CloudBox<Schema extends object = AnySchema> {
  /** Address of the environment, for `createClient(box.url, box.publishableKey)`. */
  readonly url: string
  readonly publishableKey: string
  readonly secretKey: string
  /** The database, for any SQL tool. */
  readonly databaseUrl: string
  /** Passes every policy. It reaches the server even while the network is down. */
  readonly admin: Client<Schema>
  /** A new client of nobody. */
  client(options?: ClientOptions): Client<Schema>
  /**
   * A new client that somebody is signed in with: a real account with a real session, made when it is asked for first.
   * `'ada'` is `ada@example.com`; her id is the same in every run.
   *
   * @example
   * const ada = await box.as('ada')
   * const boss = await box.as({ email: 'boss@example.com', claims: { team: 'sales' } })
   */
  as(user: string | BoxUser, options?: ClientOptions): Promise<Client<Schema>>
  /**
   * The time of the server: sessions, tokens, codes, keys, `now` in policies and defaults, trash.
   *
   * @example
   * await box.clock.advance('31d')
   */
  readonly clock: BoxClock
  /**
   * What it has mailed.
   *
   * @example
   * await box.client().auth.signUp({ email: 'ada@example.com', password })
   * const { link } = await box.mails.waitFor({ to: 'ada@example.com' })
   */
  readonly mails: BoxMails
  /**
   * The network of every client but `admin`.
   *
   * @example
   * box.net.drop()
   * await box.admin.collection('todos').insert({ title: 'Written meanwhile' })
   * box.net.restore()
   */
  readonly net: BoxNetwork
  /** Removes documents, users, sessions and mails; collections, policies and settings stay. The clock and the network are as at the beginning. */
  reset(): Promise<void>
  /** Stops the server and drops its database. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a CloudBox for tests. The first one on a machine takes some seconds, each further one a fraction of a second: its
 * database is a copy of one that is ready.
 *
 * @example
 * import { test, after } from 'node:test'
 * import schema from '../cloudbox/schema.ts'
 *
 * const box = await createCloudBox({ schema, after })
 *
 * test('nobody else sees what Ada wrote', async () => {
 *   const [ada, bob] = await Promise.all([box.as('ada'), box.as('bob')])
 *   await ada.collection('todos').insert({ title: 'Milk' }).orThrow()
 *   const { data } = await bob.collection('todos').select('*').orThrow()
 *   assert.deepEqual(data, [])
 * })
 */
export async function createCloudBox<Collections>(
  options: CloudBoxOptions & { readonly schema: DefinedSchema<Collections> },
): Promise<CloudBox<SchemaOf<DefinedSchema<Collections>>>>
export async function createCloudBox<Schema extends object = AnySchema>(
  options?: CloudBoxOptions,
): Promise<CloudBox<Schema>>
export async function createCloudBox<Schema extends object = AnySchema>(
  options: CloudBoxOptions = {},
): Promise<CloudBox<Schema>> {
  const opened = await openBox(options)
  const { installed, server, clock: movable, network, ask, serverUrl } = opened
  const { publishableKey, secretKey } = installed
  const url = network.origin + opened.path
  const clients = new Set<Client<Schema>>()
  const users = boxUsers(ask)
  const clock = boxClock(movable, server.db)

  const connect = (to: string, key: string, given: ClientOptions = {}): Client<Schema> => {
    // Each client is a device of its own, also where a test runner brings a localStorage.
    const auth = { storage: memoryStorage(), ...given.auth }
    const client = createClient<Schema>(to, key, { ...given, auth })
    clients.add(client)
    return client
  }
  const closeClients = () => {
    for (const client of clients) client.close()
    clients.clear()
  }

  let stopping: Promise<void> | undefined
  const stop = () => {
    closeClients()
    return (stopping ??= opened.stop())
  }
  const box: CloudBox<Schema> = {
    url,
    publishableKey,
    secretKey,
    databaseUrl: opened.databaseUrl,
    admin: connect(serverUrl + opened.path, secretKey),
    client: given => connect(url, publishableKey, given),
    async as(user, given) {
      const client = connect(url, publishableKey, given)
      await users.signIn(client, user)
      return client
    },
    clock,
    mails: boxMails(ask, server.db, installed.schema),
    net: network,
    async reset() {
      network.restore()
      await clock.set(new Date())
      users.forget()
      await resetBox(ask, server.db, installed.schema)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
  options.after?.(stop)
  return box
}
