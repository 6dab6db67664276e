import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { raw, sql } from '../../../kernel/sql.ts'
import { openTransaction } from '../../../kernel/open-transaction.ts'
import { setUpOwner } from '../../../testing/management.ts'
import { startTestServer, type Answer } from '../../../testing/start-test-server.ts'
import { silentLog } from '../../../testing/test-cluster.ts'

const server = await startTestServer({ after }, { log: silentLog })
const { db, environment } = server
const password = 'a horse of another battery'
const code = ({ body }: Answer) => (body as { code?: string }).code
const ask = async (method: string, path: string, body?: unknown) => {
  const answer = await server.request(method, path, { body })
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
  return answer.body as Record<string, unknown>
}
const asUser = (method: string, path: string, body?: unknown, token?: string) =>
  server.request(method, path, {
    body,
    headers: {
      apikey: server.publishableKey,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  })
const save = (name: string) => ask('POST', '/platform/snapshots', { name })
const restore = (name: string) =>
  server.request('POST', `/platform/snapshots/${name}/restore`, { body: { confirm: 'dev' } })
const restored = async (name: string) => {
  const answer = await restore(name)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body as Record<string, unknown>
}
const names = async () =>
  ((await ask('GET', '/platform/snapshots')).snapshots as { name: string }[]).map(({ name }) => name)
let runs = 0
const run = <R>(text: string) =>
  db.query(
    raw(
      `${text.replaceAll(/@(\w+)/g, (_, name: string) => `"${environment.schema}"."${name}"`)} -- ${++runs}`,
    ),
  ) as Promise<R[]>

/** All that an environment is and what is kept of it, as one text per table. */
async function stateOf(): Promise<Record<string, string>> {
  const tables = await db.query<{ name: string; full: string }>(sql`
    select schemaname || '.' || tablename as name, format('%I.%I', schemaname, tablename) as full from pg_tables
    where schemaname = ${environment.schema} and tablename not in ('auth_mail_queue', 'auth_mailbox')
      or starts_with(schemaname, 'snapshot_')
      or tablename in ('platform_environments', 'platform_audit', 'platform_snapshots', 'migrations') order by 1`)
  const state: Record<string, string> = {}
  for (const { name, full } of tables) {
    const rows = await db.query<{ row: string }>(raw(`select t::text as row from ${full} t order by 1`))
    state[name] = rows.map(({ row }) => row).join('\n')
  }
  return state
}

before(async () => {
  await ask('POST', '/data/$collections', {
    name: 'lists',
    fields: { title: { type: 'text', unique: true } },
  })
  await ask('POST', '/data/$collections', {
    name: 'todos',
    fields: {
      title: { type: 'text', required: true },
      contact: { type: 'email', pii: true },
      list: { type: 'relation', to: 'lists', onDelete: 'cascade' },
    },
    indexes: [{ fields: ['list', 'title'] }],
    policies: { list: 'public("everybody")' },
  })
  await ask('PATCH', '/data/$collections/users', { fields: { nick: { type: 'text' } } })
  const [list] = (await ask('POST', '/data/lists', [{ title: 'one' }])) as unknown as { id: string }[]
  await ask('POST', '/data/todos', [
    { title: 'a', contact: 'ada@example.com', list: list!.id },
    { title: 'b', contact: 'bob@example.com', list: null },
  ])
  await ask('POST', '/auth/users', { email: 'ada@example.com', emailVerified: true, password })
  await run(`update @users set nick = 'A'`)
  await run(`insert into @auth_identities (user_id, provider, subject) select id, 'github', '1' from @users`)
})

test('an environment becomes again what it was, and what it was before that', async () => {
  const before = await run('select * from @todos order by id')
  const users = await run('select id, email, nick from @users')
  const saved = await save('first')
  assert.equal(saved.isAutomatic, false)
  assert.ok((saved.bytes as number) > 0)
  assert.deepEqual(saved.leftOut, [])

  await ask('PATCH', '/data/$collections/todos', {
    fields: { contact: null, priority: { type: 'integer', default: 1 } },
    policies: { list: null },
  })
  await ask('POST', '/data/$collections', { name: 'later', fields: {} })
  await run(`delete from @todos where title = 'a'`)
  await ask('PATCH', '/auth/settings', { appName: 'Later' })
  const settings = await run('select settings::text from @auth_settings')
  await ask('POST', '/auth/users', { email: 'bob@example.com', emailVerified: true, password })
  const signedIn = await asUser('POST', '/auth/sign-in', { email: 'bob@example.com', password })
  const { accessToken, refreshToken } = signedIn.body as { accessToken: string; refreshToken: string }
  assert.equal((await asUser('GET', '/auth/user', undefined, accessToken)).status, 200)

  const kept = await restored('first')
  assert.deepEqual([kept.name, kept.isAutomatic], ['before-restore', true])
  assert.deepEqual(await run('select * from @todos order by id'), before)
  assert.deepEqual(await run('select id, email, nick from @users'), users)
  const listed = await asUser('GET', '/data/todos?order=title&select=title,contact,list(title)')
  assert.equal(listed.status, 200, JSON.stringify(listed.body))
  assert.deepEqual(
    (listed.body as { title: string; contact: string }[]).map(({ title, contact }) => [title, contact]),
    [
      ['a', 'ada@example.com'],
      ['b', 'bob@example.com'],
    ],
  )
  assert.equal((await server.request('GET', '/data/later')).status, 404)
  assert.notDeepEqual(await run('select settings::text from @auth_settings'), settings)
  assert.equal(
    (await asUser('POST', '/auth/sign-in', { email: 'bob@example.com', password })).status >= 400,
    true,
  )
  const ada = await asUser('POST', '/auth/sign-in', { email: 'ada@example.com', password })
  assert.equal(ada.status, 200, JSON.stringify(ada.body))
  assert.deepEqual(await run('select provider, subject from @auth_identities'), [
    { provider: 'github', subject: '1' },
  ])

  // Everybody of before is signed out, also after a restart; keys that sign go on.
  for (const again of [false, true]) {
    if (again) await server.restart()
    const refused = await asUser('GET', '/data/todos', undefined, accessToken)
    assert.equal(refused.status, 401, JSON.stringify(refused.body))
    const refresh = await asUser('POST', '/auth/refresh', { refreshToken })
    assert.ok(refresh.status >= 400, JSON.stringify(refresh.body))
    const { accessToken: adas } = ada.body as { accessToken: string }
    assert.equal((await asUser('GET', '/auth/user', undefined, adas)).status, 200)
  }

  // The structure can be changed as before, with numbers that never were.
  const changed = await ask('PATCH', '/data/$collections/todos', { fields: { more: { type: 'text' } } })
  assert.ok(changed)
  await restored('before-restore')
  assert.equal((await server.request('GET', '/data/later')).status, 200)
  assert.equal((await asUser('POST', '/auth/sign-in', { email: 'bob@example.com', password })).status, 200)
  await restored('first')
  assert.deepEqual(await run('select * from @todos order by id'), before)
  assert.deepEqual(await names(), ['before-restore', 'first'])
})

test('writers go on while it is restored, and what they wrote before it is gone', async () => {
  await save('busy')
  let isOver = false
  const statuses = new Map<number, number>()
  let last = ''
  const write = async (n: number) => {
    for (let i = 0; !isOver; i++) {
      const title = `w${n}-${i}`
      const { status, body } = await server.request('POST', '/data/todos', { body: [{ title }] })
      if (status >= 500) last = JSON.stringify(body)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  const writing = Promise.all([write(1), write(2), write(3)])
  await restored('busy')
  await restored('busy')
  isOver = true
  await writing
  assert.deepEqual([...statuses.keys()], [201], last)
  await restored('busy')
  assert.deepEqual(await run(`select title from @todos where title like 'w%'`), [])
})

test('a restore that fails leaves everything as it was, in its beginning, its middle and its end', async () => {
  await save('whole')
  const [{ schema } = { schema: '' }] = await db.query<{ schema: string }>(
    sql`select schema_name as schema from cloudbox.platform_snapshots where name = 'whole'`,
  )
  await run(`update @todos set title = 'changed since' where title = 'b'`)
  const sabotages: [string, string][] = [
    [`alter table "${schema}".todos rename to gone`, `alter table "${schema}".gone rename to todos`],
    [
      `alter table "${schema}".auth_passwords rename to gone`,
      `alter table "${schema}".gone rename to auth_passwords`,
    ],
    [
      `create function public.fail() returns trigger language plpgsql as 'begin raise ''no''; end';
       create trigger fail before insert on cloudbox.platform_audit for each row
         when (new.action = 'snapshot.restored') execute function public.fail()`,
      'drop function public.fail() cascade',
    ],
  ]
  for (const [spoil, mend] of sabotages) {
    await db.transaction(tx => tx.script(spoil))
    const before = await stateOf()
    const answer = await restore('whole')
    assert.equal(answer.status, 500, JSON.stringify(answer.body))
    assert.deepEqual(await stateOf(), before)
    assert.equal((await server.request('GET', '/data/todos?title=eq.changed%20since')).status, 200)
    await db.transaction(tx => tx.script(mend))
  }
  await restored('whole')
  assert.deepEqual(await run(`select title from @todos where title = 'changed since'`), [])
})

test('an online change and who holds a table keep it from being put aside; nothing waits for ever', async () => {
  await save('held')
  await run(`insert into @data_online_changes (kind, collection, field, step, state)
    values ('change-field', 'todos', 'title', '{}', 'paused')`)
  assert.equal(code(await restore('held')), 'schema/change-under-way')
  await run(`delete from @data_online_changes`)
  const holder = await openTransaction(db)
  await holder.tx.query(sql`select from ${raw(`"${environment.schema}".todos`)} for update`)
  const restoring = restore('held')
  while ((await waiting()) === 0) await delay(5)
  await holder.end()
  assert.equal((await restoring).status, 200)
})

async function waiting(): Promise<number> {
  return (await db.query(sql`select from pg_locks where not granted`)).length
}

test('names are checked, and the environment is named to confirm', async () => {
  assert.equal(
    code(await server.request('POST', '/platform/snapshots', { body: { name: 'No' } })),
    'platform/invalid-name',
  )
  const reserved = await server.request('POST', '/platform/snapshots', { body: { name: 'before-restore' } })
  assert.equal(code(reserved), 'platform/invalid-name')
  assert.equal(
    code(await server.request('POST', '/platform/snapshots', { body: { name: 'first' } })),
    'platform/name-taken',
  )
  const missing = await restore('frist')
  assert.equal(code(missing), 'platform/not-found')
  assert.match((missing.body as { hint: string }).hint, /first/)
  const unconfirmed = await server.request('POST', '/platform/snapshots/first/restore', { body: {} })
  assert.equal(code(unconfirmed), 'platform/confirmation-needed')
  assert.equal((await server.request('DELETE', '/platform/snapshots/held')).status, 204)
  assert.equal(code(await server.request('DELETE', '/platform/snapshots/held')), 'platform/not-found')
  assert.ok(!(await names()).includes('held'))
})

test('what SQL has made beside the collections is named, and stays with what was before', async () => {
  const body = {
    migrations: [
      {
        name: 'm1',
        parents: [],
        operations: [{ do: 'sql', up: 'create view open_todos as select title from todos' }],
      },
    ],
  }
  const migrated = await server.request('POST', '/schema/migrations', { body })
  assert.equal(migrated.status, 200, JSON.stringify(migrated.body))
  assert.deepEqual((await save('with-view')).leftOut, ['open_todos'])
  assert.deepEqual((await restored('with-view')).leftOut, ['open_todos'])
  const next = {
    migrations: [
      ...body.migrations,
      {
        name: 'm2',
        parents: ['m1'],
        operations: [{ do: 'sql', up: 'create view other as select title from todos' }],
      },
    ],
  }
  const again = await server.request('POST', '/schema/migrations', { body: next })
  assert.equal(again.status, 200, JSON.stringify(again.body))
  await run(`select * from @other`)
})

test('what a crash left half made is gone after the next start, and snapshots go with their environment', async () => {
  await db.query(sql`update cloudbox.platform_snapshots set state = 'making' where name = 'with-view'`)
  await server.restart()
  await server.server().platform.discardUnfinished()
  assert.ok(!(await names()).includes('with-view'))
  await save('with-view')
  const owner = await setUpOwner(server)
  await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
  await owner.ask('POST', '/projects/shop/environments', { name: 'live', dev: true })
  const saved = await owner.askIn('shop/live', 'POST', '/platform/snapshots', { name: 'one' })
  assert.equal(saved.status, 201, JSON.stringify(saved.body))
  const count = async () =>
    (await db.query(sql`select from pg_namespace where starts_with(nspname, 'snapshot_')`)).length
  const before = await count()
  assert.equal((await owner.ask('DELETE', '/projects/shop/environments/live?confirm=live')).status, 204)
  await db.query(sql`
    update cloudbox.platform_environments set removed_at = now() - interval '15 days' where name = 'live'`)
  const { purgeRemoved } = await import('../environments/environments.ts')
  await purgeRemoved(db)
  assert.equal(await count(), before - 1)
  assert.deepEqual(
    await db.query(sql`
      select schema from cloudbox.migrations m
      where starts_with(schema, 'snapshot_') and to_regnamespace(quote_ident(schema)) is null`),
    [],
  )
})
