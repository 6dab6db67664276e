import { newUpload } from './uploads.ts'

/** A request, and one like it that is refused. */
export interface Prepared {
  readonly path: string
  readonly body?: unknown
  readonly refused?: { readonly path?: string; readonly body?: unknown; readonly code: string }
}

interface World {
  /** Another number each time. */
  readonly n: number
  /** Asks with the secret key, and has to be answered. */
  ask<T>(method: string, path: string, body?: unknown): Promise<T>
  /** Runs SQL in which `@name` stands for a table of the environment. */
  run<T>(text: string): Promise<T[]>
  /** Asks with the publishable key, and a user's token if given. */
  askAsUser<T>(method: string, path: string, body?: unknown, token?: string): Promise<T>
}

/** How a route is made to change something. */
export interface Deed {
  /** The route, as in the list of routes. */
  readonly on: string
  readonly action: string
  /** Makes what is needed for it. */
  prepare(world: World): Promise<Prepared>
  /** What of its answer must be in no audit. */
  secrets?(body: never): string[]
}

const password = 'a horse of another battery'
const newPassword = 'a battery of another horse'
const passwordHash = '$2b$04$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
const nobody = '0198c1a0-0000-7000-8000-00000000ffff'
const noBody = { path: `/auth/users/${nobody}`, code: 'auth/user-not-found' }

/** What must never be in the audit. */
export const never = new Set([password, newPassword, passwordHash, 'hush-of-smtp', 'hush-of-google'])

const newUser = async ({ n, ask }: World) => {
  const email = `user-${n}@example.com`
  never.add(email)
  return {
    email,
    ...(await ask<{ id: string }>('POST', '/auth/users', { email, emailVerified: true, password })),
  }
}
const signIn = async (world: World) => {
  const { email, id } = await newUser(world)
  const { accessToken } = await world.askAsUser<{ accessToken: string }>('POST', '/auth/sign-in', {
    email,
    password,
  })
  return { id, token: accessToken }
}
const newCollection = async ({ n, ask }: World) => {
  const definition = { name: `notes${n}`, fields: { title: { type: 'text' } } }
  await ask('POST', '/data/$collections', definition)
  return definition
}
/** An online change that waits for a program, as it stands in its table. */
const newChange = async (world: World, state: 'running' | 'paused') => {
  const { name } = await newCollection(world)
  const step = {
    ...{
      kind: 'change-field',
      collection: name,
      field: 'title',
      sentence: 'Change title.',
      isDestructive: true,
    },
    ...{ before: { type: 'text' }, after: { type: 'integer' }, using: { client: true } },
  }
  const [row] = await world.run<{ id: string }>(`
    insert into @data_online_changes (kind, collection, field, step, state)
    values ('change-field', '${name}', 'title', '${JSON.stringify(step)}', '${state}') returning id`)
  return `/schema/changes/${row!.id}`
}
const noChange = { code: 'schema/unknown-change' }
interface Migration {
  readonly name: string
  readonly parents: readonly string[]
  readonly operations: readonly object[]
}

/** Those that were sent so far and are there. */
const sent = new Map<string, Migration>()
const knownMigrations = async (ask: World['ask']): Promise<Migration[]> => {
  const { applied } = await ask<{ applied: { name: string }[] }>('GET', '/schema/migrations')
  return applied.map(({ name }) => sent.get(name)!)
}
const newMigration = (n: number, before: readonly Migration[]): Migration => {
  const definition = { name: `migrated${n}`, fields: {} }
  const made = {
    name: `m${n}`,
    parents: before.slice(-1).map(({ name }) => name),
    operations: [{ do: 'create-collection', definition }],
  }
  sent.set(made.name, made)
  return made
}
const template = (text: string) => ({
  subject: 'Welcome',
  html: `<p>${text}</p> <a href="{{ link }}">Go</a>`,
  text: `${text} {{ link }}`,
})

const newSnapshot = async ({ n, ask }: World) => {
  await ask('POST', '/platform/snapshots', { name: `kept${n}` })
  return `kept${n}`
}

/** Each route that changes something for secret keys and operators. */
export const deeds: readonly Deed[] = [
  {
    on: 'POST /platform/snapshots',
    action: 'snapshot.saved',
    prepare: async world => ({
      path: '/platform/snapshots',
      body: { name: `saved${world.n}` },
      refused: { body: { name: await newSnapshot(world) }, code: 'platform/name-taken' },
    }),
  },
  {
    on: 'POST /platform/snapshots/:name/restore',
    action: 'snapshot.restored',
    async prepare(world) {
      // Those of other deeds are never over.
      await world.run('delete from @data_online_changes')
      return {
        path: `/platform/snapshots/${await newSnapshot(world)}/restore`,
        body: { confirm: 'live' },
        refused: { body: { confirm: 'dev' }, code: 'platform/confirmation-needed' },
      }
    },
  },
  {
    on: 'DELETE /platform/snapshots/:name',
    action: 'snapshot.removed',
    prepare: async world => ({
      path: `/platform/snapshots/${await newSnapshot(world)}`,
      refused: { path: '/platform/snapshots/nowhere', code: 'platform/not-found' },
    }),
  },
  {
    on: 'POST /platform/snapshots/uploads/:upload/end',
    action: 'snapshot.loaded',
    prepare: async world => {
      const upload = await newUpload(world)
      const ends = `/platform/snapshots/uploads/${upload}/end`
      return {
        path: ends,
        body: { rows: { users: 0 } },
        refused: { body: { rows: { users: 1 } }, code: 'platform/invalid-snapshot' },
      }
    },
  },
  {
    on: 'POST /data/$collections',
    action: 'collection.created',
    prepare: async world => ({
      path: '/data/$collections',
      body: { name: `made${world.n}`, fields: {} },
      refused: { body: await newCollection(world), code: 'data/collection-exists' },
    }),
  },
  {
    on: 'PATCH /data/$collections/:name',
    action: 'collection.changed',
    prepare: async world => ({
      path: `/data/$collections/${(await newCollection(world)).name}`,
      body: { fields: { isDone: { type: 'boolean' } } },
      refused: { body: { policies: { list: 'nonsense' } }, code: 'policy/invalid-expression' },
    }),
  },
  {
    on: 'DELETE /data/$collections/:name',
    action: 'collection.dropped',
    prepare: async world => ({
      path: `/data/$collections/${(await newCollection(world)).name}`,
      refused: { path: '/data/$collections/users', code: 'data/system-collection' },
    }),
  },
  {
    on: 'POST /schema/apply',
    action: 'schema.applied',
    async prepare({ n, ask }) {
      const { collections } = await ask<{ collections: object[] }>('GET', '/schema')
      const made = { name: `applied${n}`, fields: { title: { type: 'text' } } }
      const wrong = { ...made, policies: { list: 'doc.titel == auth.uid' } }
      return {
        path: '/schema/apply',
        body: { collections: [...collections, made] },
        refused: { body: { collections: [...collections, wrong] }, code: 'policy/invalid-expression' },
      }
    },
  },
  {
    on: 'POST /schema/migrations',
    action: 'migration.applied',
    async prepare({ n, ask }) {
      const before = await knownMigrations(ask)
      const next = newMigration(n, before)
      const wrong = { ...next, operations: [{ do: 'drop-collection', collection: 'nowhere' }] }
      return {
        path: '/schema/migrations',
        body: { migrations: [...before, next] },
        refused: { body: { migrations: [...before, wrong] }, code: 'schema/invalid-migration' },
      }
    },
  },
  {
    on: 'POST /schema/migrations/down',
    action: 'migration.undone',
    async prepare({ n, ask }) {
      const before = await knownMigrations(ask)
      await ask('POST', '/schema/migrations', { migrations: [...before, newMigration(n, before)] })
      return {
        path: '/schema/migrations/down',
        body: { count: 1 },
        refused: { body: { count: 0 }, code: 'http/invalid-request' },
      }
    },
  },
  {
    on: 'POST /schema/sql',
    action: 'sql.ran',
    prepare: async ({ n }) => ({
      path: '/schema/sql',
      body: { text: `create table desk${n} (n int)`, write: true },
      refused: { body: { text: 'create tabel x ()', write: true }, code: 'schema/sql-refused' },
    }),
  },
  {
    on: 'POST /schema/plans/:plan/undo',
    action: 'schema.undone',
    async prepare({ n, ask }) {
      const { collections } = await ask<{ collections: object[] }>('GET', '/schema')
      const made = { name: `undone${n}`, fields: { title: { type: 'text' } } }
      const body = { collections: [...collections, made] }
      const { plan } = await ask<{ plan: string }>('POST', '/schema/apply', body)
      const unknown = '00000000-0000-7000-8000-000000000000'
      return {
        path: `/schema/plans/${plan}/undo`,
        refused: { path: `/schema/plans/${unknown}/undo`, code: 'data/unknown-plan' },
      }
    },
  },
  {
    on: 'POST /schema/changes/:change/pause',
    action: 'change.paused',
    prepare: async world => ({
      path: `${await newChange(world, 'running')}/pause`,
      refused: { path: '/schema/changes/0/pause', ...noChange },
    }),
  },
  {
    on: 'POST /schema/changes/:change/resume',
    action: 'change.resumed',
    prepare: async world => ({
      path: `${await newChange(world, 'paused')}/resume`,
      body: {},
      refused: { path: '/schema/changes/0/resume', body: {}, ...noChange },
    }),
  },
  {
    on: 'POST /schema/changes/:change/cancel',
    action: 'change.cancelled',
    prepare: async world => ({
      path: `${await newChange(world, 'running')}/cancel`,
      refused: { path: '/schema/changes/0/cancel', ...noChange },
    }),
  },
  {
    on: 'PATCH /limits',
    action: 'limits.changed',
    prepare: async ({ n }) => ({ path: '/limits', body: { maxRows: 100 + n } }),
  },
  {
    on: 'POST /platform/sql-access',
    action: 'sql-access.opened',
    prepare: async () => ({ path: '/platform/sql-access' }),
    secrets: (body: { password: string }) => [body.password],
  },
  {
    on: 'PATCH /auth/settings',
    action: 'account-settings.changed',
    prepare: async ({ n }) => ({
      path: '/auth/settings',
      body: {
        appName: `App ${n}`,
        smtpUrl: `smtp://ada:hush-of-smtp-${n}@localhost:1`,
        mailFrom: 'app@example.com',
        providers: { google: { clientId: 'app', clientSecret: `hush-of-google-${n}` } },
      },
      refused: { body: { siteUrl: 'no address' }, code: 'auth/invalid-settings' },
    }),
  },
  {
    on: 'POST /auth/keys/rotate',
    action: 'signing-key.rotated',
    prepare: async () => ({ path: '/auth/keys/rotate' }),
  },
  {
    on: 'POST /auth/test-token',
    action: 'test-token.issued',
    prepare: async ({ n }) => ({
      path: '/auth/test-token',
      body: { uid: `somebody-${n}`, claims: { role: 'clerk' } },
    }),
    secrets: (body: { token: string }) => [body.token],
  },
  {
    on: 'PUT /auth/mail-templates/:kind',
    action: 'mail-template.written',
    prepare: async ({ n }) => ({
      path: '/auth/mail-templates/magic-link?language=de',
      body: template(`Hello ${n}`),
      refused: {
        body: { subject: 'Welcome', html: '<p>No link</p>', text: 'No link' },
        code: 'auth/invalid-template',
      },
    }),
  },
  {
    on: 'DELETE /auth/mail-templates/:kind',
    action: 'mail-template.removed',
    async prepare({ ask }) {
      const path = '/auth/mail-templates/magic-link?language=fr'
      await ask('PUT', path, template('Bonjour'))
      return { path, refused: { path: '/auth/mail-templates/no-such-mail', code: 'auth/unknown-mail' } }
    },
  },
  {
    on: 'POST /auth/users',
    action: 'user.created',
    async prepare(world) {
      const email = `made-${world.n}@example.com`
      never.add(email)
      const { email: taken } = await newUser(world)
      return {
        path: '/auth/users',
        body: { email, password, metadata: { note: email } },
        refused: { body: { email: taken }, code: 'auth/account-exists' },
      }
    },
  },
  {
    on: 'PATCH /auth/users/:id',
    action: 'user.changed',
    async prepare(world) {
      const { id } = await newUser(world)
      const { email } = await newUser({ ...world, n: world.n + 0.5 })
      return {
        path: `/auth/users/${id}`,
        body: { role: 'clerk', name: 'Ada', password: newPassword },
        refused: { body: { role: 'lost', email }, code: 'auth/account-exists' },
      }
    },
  },
  {
    on: 'DELETE /auth/users/:id',
    action: 'user.deleted',
    prepare: async world => ({ path: `/auth/users/${(await newUser(world)).id}`, refused: noBody }),
  },
  {
    on: 'POST /auth/users/:id/impersonate',
    action: 'session.impersonated',
    async prepare(world) {
      const { id } = await newUser(world)
      const banned = await newUser({ ...world, n: world.n + 0.5 })
      await world.ask('PATCH', `/auth/users/${banned.id}`, { bannedUntil: '2999-01-01T00:00:00Z' })
      const body = { reason: 'ticket 7' }
      return {
        path: `/auth/users/${id}/impersonate`,
        body,
        refused: { path: `/auth/users/${banned.id}/impersonate`, body, code: 'auth/banned' },
      }
    },
    secrets: (body: { accessToken: string; refreshToken: string }) => [body.accessToken, body.refreshToken],
  },
  {
    on: 'POST /auth/users/:id/sign-out',
    action: 'user.signed-out',
    prepare: async world => ({
      path: `/auth/users/${(await signIn(world)).id}/sign-out`,
      refused: { ...noBody, path: `${noBody.path}/sign-out` },
    }),
  },
  {
    on: 'DELETE /auth/users/:id/factors',
    action: 'factors.reset',
    async prepare(world) {
      const { id, token } = await signIn(world)
      const { secret } = await world.askAsUser<{ secret: string }>(
        'POST',
        '/auth/factors',
        { kind: 'totp' },
        token,
      )
      never.add(secret)
      return { path: `/auth/users/${id}/factors`, refused: { ...noBody, path: `${noBody.path}/factors` } }
    },
  },
  {
    on: 'POST /auth/users/import',
    action: 'users.imported',
    async prepare({ n }) {
      const email = `moved-${n}@example.com`
      never.add(email)
      return {
        path: '/auth/users/import',
        // The second is refused, which is the first's business not at all.
        body: {
          users: [
            { email, passwordHash },
            { email, password },
          ],
        },
        refused: { body: { users: [] }, code: 'http/invalid-request' },
      }
    },
  },
]
