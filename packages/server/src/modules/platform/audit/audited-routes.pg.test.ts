import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { join, raw, sql } from '../../../kernel/sql.ts'
import { join as joinTeam, setUpOwner } from '../../../testing/management.ts'
import { startTestServer, type Answer } from '../../../testing/start-test-server.ts'
import { silentLog } from '../../../testing/test-cluster.ts'
import { changesNothing } from './testing/changes-nothing.ts'
import type { Deed, Prepared } from './testing/deed.ts'
import { deeds, never } from './testing/deeds.ts'

const server = await startTestServer({ after }, { log: silentLog })
const owner = await setUpOwner(server)
await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', '/projects/shop/environments', { name: 'live', dev: true })
const operator = await joinTeam(server, owner, 'acme', 'ada@example.com', 'admin')
const keys = '/projects/shop/environments/live/keys'
const made = await owner.ask('POST', keys, { kind: 'secret', name: 'nightly' })
const key = made.body as { id: string; key: string }
const publishable = (await owner.ask('POST', keys, { kind: 'publishable' })).body as { key: string }
const [{ schema, role } = { schema: '', role: '' }] = await server.db.query<{ schema: string; role: string }>(
  sql`select schema_name as schema, role_name as role from cloudbox.platform_environments where name = 'live'`,
)

interface Entry {
  number: string
  action: string
  place: string
  kind: string
  actor: string
  request: string
}

const entries = () =>
  server.db.query<Entry & Record<string, unknown>>(sql`
    select number, action, place, actor_kind as kind, actor_id as actor, request_id as request
    from cloudbox.platform_audit
    where organisation_id = (select id from cloudbox.platform_organisations where name = 'acme') order by number`)

async function ask(
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = { apikey: key.key },
): Promise<Answer> {
  const response = await fetch(`${server.url}/shop/live/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.match(/[/+]json\b/) && text !== ''
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as unknown) : text,
  }
}

/** Numbers the things that are made, so that each deed can be done again. */
let runs = 0

async function prepare({ prepare: before }: Deed): Promise<Prepared> {
  const asApp = { apikey: publishable.key }
  const n = ++runs
  return before({
    n,
    ask: async (method, path, body) => {
      const answer = await ask(method, path, body)
      assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
      return answer.body as never
    },
    run: text =>
      server.db.query(raw(text.replaceAll(/@(\w+)/g, (_, name: string) => `"${schema}"."${name}"`))) as never,
    askAsUser: async (method, path, body, token) => {
      const headers = token === undefined ? asApp : { ...asApp, authorization: `Bearer ${token}` }
      const answer = await ask(method, path, body, headers)
      assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
      return answer.body as never
    },
  })
}

const methodOf = ({ on }: Pick<Deed, 'on'>) => on.split(' ')[0]!

/** All that an environment is, as one text per table; mails on their way come and go by themselves. */
async function stateOf(): Promise<Record<string, string>> {
  const tables = await server.db.query<{ name: string }>(sql`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname = ${schema} and tablename not in ('auth_mail_queue', 'auth_mailbox')
      or schemaname = 'cloudbox' and tablename in
        ('platform_environments', 'platform_audit', 'platform_audit_chains', 'auth_signing_keys')`)
  const digests = tables.map(
    ({ name }) => sql`
      select ${name}::text as name, coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') as digest
      from ${raw(name)} t`,
  )
  const password = sql`select 'password', coalesce(md5(rolpassword), '') from pg_authid where rolname = ${role}`
  const rows = await server.db.query<{ name: string; digest: string }>(
    join([...digests, password], ' union all '),
  )
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]))
}

const { routes } = server.server()

test('every route that changes something for a secret key or an operator is tried here', () => {
  const changing = routes
    .filter(({ contract, method }) => contract.access === 'secret' && method !== 'GET')
    .map(({ method, path }) => `${method} ${path}`)
  const known = [...deeds, ...changesNothing].map(({ on }) => on)
  assert.deepEqual(changing.toSorted(), known.toSorted())
})

const authors = {
  'a secret key': { headers: { apikey: key.key }, kind: 'key', id: key.id },
  'an operator': {
    headers: { authorization: `Bearer ${operator.token}` },
    kind: 'operator',
    id: operator.id,
  },
}

for (const [author, { headers, kind, id }] of Object.entries(authors))
  for (const deed of deeds)
    test(`${deed.on}: what ${author} does leaves one entry`, async () => {
      const { path, body } = await prepare(deed)
      const before = await entries()
      const answer = await ask(methodOf(deed), path, body, headers)
      assert.ok(answer.status < 300, JSON.stringify(answer.body))
      const [entry, ...more] = (await entries()).slice(before.length)
      assert.deepEqual(more, [])
      assert.deepEqual([entry?.action, entry?.kind, entry?.actor], [deed.action, kind, id])
      assert.equal(entry?.place, 'projects/shop/environments/live')
      assert.equal(entry?.request, answer.headers.get('x-request-id'))
      for (const secret of deed.secrets?.(answer.body as never) ?? []) never.add(secret)
    })

for (const deed of deeds) {
  test(`${deed.on}: what is refused leaves none`, async () => {
    const { path, body, refused } = await prepare(deed)
    const before = await entries()
    const unknown = await ask(methodOf(deed), path, body, { apikey: publishable.key })
    assert.equal(unknown.status, 403)
    if (refused !== undefined) {
      const answer = await ask(methodOf(deed), refused.path ?? path, refused.body)
      assert.equal((answer.body as { code: string }).code, refused.code)
    }
    assert.deepEqual(await entries(), before)
  })

  test(`${deed.on}: without its entry nothing is changed`, async () => {
    const { path, body } = await prepare(deed)
    await server.db.transaction(tx =>
      tx.script(`
        create function cloudbox.lose_entry() returns trigger language plpgsql as $$ begin
          raise exception 'the entry is lost';
        end $$;
        create trigger lose_entry before insert on cloudbox.platform_audit
          for each row execute function cloudbox.lose_entry()`),
    )
    try {
      const before = await stateOf()
      const answer = await ask(methodOf(deed), path, body)
      assert.equal(answer.status, 500, JSON.stringify(answer.body))
      assert.deepEqual(await stateOf(), before)
    } finally {
      await server.db.query(raw('drop function cloudbox.lose_entry() cascade'))
    }
  })
}

for (const { on, why, requests } of changesNothing)
  test(`${on} leaves none: ${why}`, async () => {
    for (const { path, body } of requests) {
      const before = await entries()
      const answer = await ask(methodOf({ on }), path, body)
      assert.ok(answer.status < 300, JSON.stringify(answer.body))
      assert.deepEqual(await entries(), before)
    }
  })

test('what changes nothing leaves no entry', async () => {
  const { id } = (await ask('POST', '/auth/users', { email: 'still@example.com' })).body as { id: string }
  await ask('POST', '/data/$collections', { name: 'still', fields: { title: { type: 'text' } } })
  await ask('PATCH', '/auth/settings', {
    smtpUrl: 'smtp://still:water@localhost:1',
    mailFrom: 'a@example.com',
  })
  await ask('PATCH', '/limits', { maxRows: 321 })
  const template = { subject: 'Come', html: '<a href="{{ link }}">Come</a>', text: '{{ link }}' }
  await ask('PUT', '/auth/mail-templates/invite?language=de', template)
  const before = await entries()
  for (const [method, path, body] of [
    ['PATCH', `/auth/users/${id}`, {}],
    ['POST', `/auth/users/${id}/sign-out`, undefined],
    ['DELETE', `/auth/users/${id}/factors`, undefined],
    ['POST', '/auth/users/import', { users: [{ email: 'still@example.com' }] }],
    ['PATCH', '/data/$collections/still', { fields: { title: { type: 'text' } } }],
    ['PATCH', '/auth/settings', { smtpUrl: '•••' }],
    ['PATCH', '/limits', { maxRows: 321 }],
    ['PUT', '/auth/mail-templates/invite?language=de', template],
    ['DELETE', '/auth/mail-templates/invite?language=fr', undefined],
  ] as const) {
    const answer = await ask(method, path, body)
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    assert.deepEqual((await entries()).slice(before.length), [], `${method} ${path}`)
  }
})

test('a setting is told by its path, before and after, and a secret by ••• alone', async () => {
  await ask('PATCH', '/auth/settings', {
    appName: 'Before',
    smtpUrl: 'smtp://told:hush@localhost:1',
    mailFrom: 'a@example.com',
  })
  await ask('PATCH', '/auth/settings', {
    appName: 'After',
    smtpUrl: 'smtp://told:hush-hush@localhost:1',
    providers: { github: { clientId: 'known', clientSecret: 'unknown-to-all' } },
  })
  for (const secret of ['hush', 'unknown-to-all']) never.add(secret)
  const [told] = await server.db.query<{ before: string; after: string }>(sql`
    select before::text as before, after::text as after from cloudbox.platform_audit
    where action = 'account-settings.changed' order by number desc limit 1`)
  assert.deepEqual(JSON.parse(told!.before), { '/appName': 'Before', '/smtpUrl': '•••' })
  assert.deepEqual(JSON.parse(told!.after), {
    '/appName': 'After',
    '/smtpUrl': '•••',
    '/providers/github': { clientId: 'known', settings: {} },
    '/providers/github/clientSecret': '•••',
  })
})

test('of a user it tells what he may, and that the rest is there', async () => {
  const body = { email: 'told@example.com', name: 'Told', role: 'clerk', claims: { plan: 'pro-of-his' } }
  const { id } = (await ask('POST', '/auth/users', body)).body as { id: string }
  for (const personal of [body.email, body.claims.plan]) never.add(personal)
  const bannedUntil = '2999-01-01T00:00:00.000Z'
  await ask('PATCH', `/auth/users/${id}`, { role: 'admin', name: null, bannedUntil })
  const told = await server.db.query<{ action: string; before: string; after: string }>(sql`
    select action, coalesce(before::text, 'null') as before, coalesce(after::text, 'null') as after
    from cloudbox.platform_audit where subject = ${id} order by number`)
  const [hidden, none] = ['•••', null]
  assert.deepEqual(
    told.map(({ action, before, after }) => [action, JSON.parse(before), JSON.parse(after)]),
    [
      ['user.created', null, { email: hidden, name: hidden, role: 'clerk', claims: hidden }],
      [
        'user.banned',
        { role: 'clerk', name: hidden, bannedUntil: none },
        { role: 'admin', name: none, bannedUntil },
      ],
    ],
  )
})

test('the log of accounts names who acted', async () => {
  const { entries: kept } = (await ask('GET', '/auth/audit?limit=500', undefined)).body as {
    entries: { action: string; actor: string }[]
  }
  const actors = new Set(kept.filter(({ action }) => action === 'user.created').map(({ actor }) => actor))
  assert.ok(actors.has(`key:${key.id}`) && actors.has(`operator:${operator.id}`), [...actors].join())
})

test('an export of all users is told as well', async () => {
  const before = await entries()
  await ask('GET', '/auth/users/export', undefined)
  assert.deepEqual(
    (await entries()).slice(before.length).map(({ action }) => action),
    ['users.exported'],
  )
})

test('no secret is in the audit, and its chain is whole', async () => {
  const [{ text } = { text: '' }] = await server.db.query<{ text: string }>(
    sql`select string_agg(e::text, ' ') as text from cloudbox.platform_audit e`,
  )
  never.add(key.key)
  assert.ok(never.size > 10, `${never.size} secrets`)
  for (const secret of never) assert.ok(!text.includes(secret), secret)
  const { body } = await owner.ask('GET', '/organisations/acme/audit/verify')
  assert.equal((body as { isWhole: boolean }).isWhole, true)
})

test('changes at once wait for each other, and all of them get through', async () => {
  const before = await entries()
  const { id } = (await ask('POST', '/auth/users', { email: 'busy@example.com' })).body as { id: string }
  const all = await Promise.all([
    ...[1, 2, 3, 4].map(i => ask('PATCH', `/auth/users/${id}`, { role: `role-${i}` })),
    ...[1, 2, 3].map(i => ask('POST', '/data/$collections', { name: `busy${i}`, fields: {} })),
    ...[1, 2, 3].map(i => ask('PATCH', '/auth/settings', { appName: `Busy ${i}` })),
    ...[1, 2].map(() => ask('POST', '/auth/keys/rotate', undefined)),
    ask('POST', '/auth/users/import', { users: [{ email: 'busy-1@example.com' }] }),
    ask('PATCH', '/limits', { maxRows: 500 }),
    operator.askIn('shop/live', 'POST', '/auth/test-token', { uid: 'busy' }),
  ])
  assert.deepEqual(
    all.map(({ status }) => status).filter(status => status >= 300),
    [],
  )
  assert.equal((await entries()).length - before.length, all.length + 1)
})
