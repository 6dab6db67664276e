import assert from 'node:assert/strict'
import type { CollectionChange, CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Connection, Database, Row } from '../../../kernel/db.ts'
import { id, raw } from '../../../kernel/sql.ts'
import type { StoredCollection } from '../collections/stored.ts'
import type { Caller, Environment } from '../../../kernel/caller.ts'
import { openDatabase } from '../../../kernel/db.ts'
import { systemClock } from '../../../kernel/clock.ts'
import { Gate } from '../../../kernel/gate.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import { Vault } from '../../../kernel/vault.ts'
import { migrate, prepareMigrations } from '../../../kernel/migrate.ts'
import type { ChangeStream } from '../../../kernel/stream.ts'
import { Observer } from '../../../kernel/observer.ts'
import { noPeers } from '../../../kernel/peers.ts'
import { silentLog } from '../../../testing/test-cluster.ts'
import { testDatabase, type Cleanup, type TestDatabase } from '../../../testing/test-database.ts'
import { auth } from '../../auth/module.ts'
import { platform, type AuthorOf } from '../../platform/module.ts'
import { createCatalog } from '../collections/catalog.ts'
import { installHelpers } from '../collections/install-helpers.ts'
import type { StructureDeps } from '../collections/in-structure.ts'
import { changeCollection, createCollection, dropCollection } from '../collections/structure.ts'
import { testSecret } from '../../../testing/callers.ts'

const folder = (name: string): URL => new URL(`../${name}/`, import.meta.url)

const template = {
  name: 'collections',
  async build(connection: Connection) {
    const db = await openDatabase(connection, { log: silentLog, poolSize: 2, statementTimeoutMs: 30_000 })
    await prepareMigrations(db)
    for (const { name, migrations } of [platform, auth]) {
      await migrate(db, { word: name, folder: migrations!, schema: 'cloudbox' })
    }
    await migrate(db, { word: 'data', folder: folder('migrations'), schema: 'cloudbox' })
    await installHelpers(db)
    await db.close()
  },
}

export const secret: Caller = testSecret

export interface TestEnvironment extends TestDatabase {
  readonly environment: Environment
  readonly deps: StructureDeps
  /** Knows the environments and their keys. */
  readonly gate: Gate
  readonly authorOf: AuthorOf
  key(kind: 'publishable' | 'secret'): Promise<string>
  create(definition: CollectionDefinition): Promise<StoredCollection>
  change(name: string, change: CollectionChange): Promise<StoredCollection>
  drop(name: string): Promise<void>
  /** Runs SQL in which `@name` stands for a table of the environment. */
  run<R extends Row = Row>(text: string): Promise<R[]>
  /** Another environment of the same database. */
  another(name: string): Promise<Environment>
  /** A signed token of a simulated end user. */
  token(of: Environment, uid: string, expiresInSeconds?: number): Promise<string>
}

/** An environment without collections, in a database of its own. */
export async function testEnvironment(cleanup: Cleanup): Promise<TestEnvironment> {
  const { db, connection } = await testDatabase(cleanup, template)
  const kernel = testKernel(db)
  const { api } = await platform.start(
    { ...kernel, config: { openOrganisations: false, smtpUrl: '', mailFrom: '' } },
    {},
  )
  const ensure = (name: string) =>
    api!.ensureEnvironment({ organisation: 'tests', project: 'demo', name, dev: true })
  const environment = await ensure('dev')
  const { routes } = await auth.start({ ...kernel, config: { geoipFile: '' } }, { platform: api! })
  const deps = { db, catalog: createCatalog(db), stream: { publish: async () => {} } }
  const table = (_: string, name: string) => id(environment.schema, name).parts[0]!
  let runs = 0
  return {
    db,
    connection,
    environment,
    deps,
    gate: kernel.gate,
    authorOf: api!.authorOf,
    key: kind => api!.createKey(environment.id, kind),
    create: definition => createCollection(deps, environment, definition),
    change: (name, change) => changeCollection(deps, environment, name, change),
    drop: name => dropCollection(deps, environment, name),
    // Each text is new: a statement that stays prepared fails when the types it answers change.
    run: text => db.query(raw(`${text.replaceAll(/(?<!\w)@(\w+)/g, table)} -- ${++runs}`)),
    another: ensure,
    async token(of, uid, expiresInSeconds = 60) {
      const sign = routes!.find(({ path }) => path === '/auth/test-token')!
      const request = { environment: of, caller: secret, body: { uid, expiresInSeconds } }
      const { json } = await sign.handle(request as unknown as Parameters<typeof sign.handle>[0])
      return (json as { token: string }).token
    },
  }
}

function testKernel(db: Database): Kernel & { config: {} } {
  return {
    db,
    log: silentLog,
    peers: noPeers(),
    observer: new Observer(),
    gate: new Gate(),
    clock: systemClock,
    routes: [],
    config: {},
    vault: new Vault(Buffer.alloc(32)),
    publicUrl: undefined,
    stream: { ready: Promise.resolve() } as ChangeStream,
    copyEnvironment: async () => assert.fail('this kernel copies nothing'),
    fileParts: () => [],
    replaceEnvironment: async () => assert.fail('this kernel copies nothing'),
    async migrateEnvironment({ schema, role }) {
      await migrate(db, { word: 'auth', folder: auth.environmentMigrations!, schema, role })
      await migrate(db, { word: 'data', folder: folder('environment'), schema, role })
    },
  }
}
