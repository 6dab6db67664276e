import { alertDeeds } from './alert-deeds.ts'
import type { Deed, World } from './deed.ts'
import { newCollection } from './new-collection.ts'
import { schemaDeeds } from './schema-deeds.ts'
import { telemetryDeeds } from './telemetry-deeds.ts'
import { newUpload } from './uploads.ts'

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
  ...alertDeeds,
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
  ...schemaDeeds,
  ...telemetryDeeds,
  {
    on: 'PUT /status/settings',
    action: 'status.changed',
    prepare: async ({ n }) => ({
      path: '/status/settings',
      body: { isPublic: true, title: `Shop ${n}`, message: '' },
      refused: { body: { isPublic: 'yes' }, code: 'http/invalid-request' },
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
    on: 'POST /auth/mail-templates/:kind/test',
    action: 'mail.tested',
    prepare: async () => ({
      path: '/auth/mail-templates/magic-link/test?language=de',
      body: { to: 'tests@example.com' },
      refused: { body: { to: 'no address' }, code: 'auth/invalid-address' },
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
