import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { id, raw } from '../../../kernel/sql.ts'
import { ask, scenario, type As } from '../../../testing/scenario.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'

const server = await startTestServer({ after })
const find = () => server
const ada = '0198c0de-0000-7000-8000-0000000000a1'
const bob = '0198c0de-0000-7000-8000-0000000000b0'
const asAda: As = { uid: ada }

const run = (text: string) =>
  server.db.query<{ text: string }>(raw(text.replaceAll('~', `${id(server.environment.schema).parts[0]}.`)))
const secretly = async (request: string, body: unknown) => {
  const answer = await ask(server, { as: 'secret', request, body })
  assert.ok(answer.status < 300, JSON.stringify(answer.body))
}

before(async () => {
  await run(`insert into ~users (id, email, name, roles) values
    ('${ada}', 'ada@example.org', 'Ada', '{editor}'), ('${bob}', 'bob@example.org', 'Bob', '{}')`)
  await secretly('POST /data/$collections', {
    name: 'posts',
    fields: {
      title: { type: 'text' },
      author: { type: 'relation', to: 'users', onDelete: 'cascade', default: { cel: 'auth.uid' } },
      editor: { type: 'relation', to: 'users', onDelete: 'setNull' },
      keeper: { type: 'relation', to: 'users' },
    },
    policies: { list: 'public("a blog")', create: 'next.author == auth.uid' },
  })
})

scenario('a user sees himself and nobody else', find, {
  as: asAda,
  request: 'GET /data/users',
  expect: { status: 200, pluck: ['email', ['ada@example.org']] },
})
scenario('a user reads himself by his id', find, {
  as: asAda,
  request: `GET /data/users/${ada}?select=name,roles,isAnonymous`,
  expect: { status: 200, body: { name: 'Ada', roles: ['editor'], isAnonymous: false } },
})
scenario('a user cannot read another', find, {
  as: asAda,
  request: `GET /data/users/${bob}`,
  expect: { status: 404, code: 'data/unknown-document' },
})
scenario('a uid that is no uuid is nobody', find, {
  as: { uid: 'ada' },
  request: 'GET /data/users',
  expect: { status: 200, body: [] },
})
scenario('without an account nobody is seen', find, {
  as: 'anonymous',
  request: 'GET /data/users',
  expect: { status: 200, body: [] },
})
scenario('the secret key sees everyone', find, {
  as: 'secret',
  request: 'GET /data/users?select=name&order=name',
  expect: { status: 200, pluck: ['name', ['Ada', 'Bob']] },
})

test('a user changes what is open to him: name, picture, metadata and language', async () => {
  const body = { name: 'Ada L.', avatarUrl: 'https://example.org/a.png', metadata: { a: 1 }, locale: 'en' }
  const { status, body: changed } = await ask(server, {
    as: asAda,
    request: `PATCH /data/users/${ada}?select=name,avatarUrl,metadata,locale`,
    body,
  })
  assert.deepEqual([status, changed], [200, body])
  const back = { name: 'Ada', avatarUrl: null, metadata: null, locale: null }
  await secretly(`PATCH /data/users/${ada}`, back)
})

scenario('a user cannot change another', find, {
  as: asAda,
  request: `PATCH /data/users/${bob}`,
  body: { name: 'Eve' },
  expect: { status: 404, code: 'data/unknown-document' },
})
scenario('a picture is an address of the web', find, {
  as: asAda,
  request: `PATCH /data/users/${ada}`,
  body: { avatarUrl: 'javascript://alert(1)' },
  expect: { status: 422, code: 'data/invalid-document', at: ['/avatarUrl'] },
})

scenario('metadata is an object, as its readers expect', find, {
  as: asAda,
  request: `PATCH /data/users/${ada}`,
  body: { metadata: ['a'] },
  expect: { status: 422, code: 'data/invalid-document', at: ['/metadata'] },
})

const managed = {
  email: 'eve@example.org',
  emailVerified: true,
  phone: null,
  phoneVerified: true,
  role: 'admin',
  roles: { $append: ['admin'] },
  claims: {},
  isAnonymous: false,
  bannedUntil: null,
  lastSignInAt: { $now: true },
}
for (const as of [asAda, 'secret'] as const) {
  scenario(`managed fields are written by nobody: ${typeof as === 'string' ? as : 'the user'}`, find, {
    as,
    request: `PATCH /data/users/${ada}`,
    body: { ...managed, name: 'Ada' },
    expect: {
      status: 422,
      code: 'data/invalid-document',
      at: Object.keys(managed).map(name => `/${name}`),
      hint: /PATCH \/v1\/auth\/user/,
    },
  })
}
scenario('nor by a filter', find, {
  as: 'secret',
  request: 'PATCH /data/users?where=true',
  body: { roles: ['admin'] },
  expect: { status: 422, code: 'data/invalid-document', at: ['/roles'] },
})

const made = { email: 'eve@example.org' }
const refused: [string, string, unknown, RegExp, Record<string, string>?][] = [
  ['created', 'POST /data/users', made, /auth\/sign-up/],
  ['created as an empty document', 'POST /data/users', {}, /auth\/sign-up/],
  ['created by the list', 'POST /data/users', [made, made], /auth\/sign-up/],
  ['merged', 'POST /data/users', made, /auth\/sign-up/, { prefer: 'resolution=merge-duplicates' }],
  [
    'created unless there',
    'POST /data/users',
    made,
    /auth\/sign-up/,
    { prefer: 'resolution=ignore-duplicates' },
  ],
  ['upserted', 'PUT /data/users', [{ id: ada, name: 'Eve' }], /auth\/sign-up/],
  ['upserted by another key', 'PUT /data/users?onConflict=email', made, /auth\/sign-up/],
  ['replaced', 'PUT /data/users', { id: ada, name: 'Eve' }, /auth\/sign-up/, { 'if-match': '*' }],
  ['created where there is none', 'PUT /data/users', { id: ada }, /auth\/sign-up/, { 'if-none-match': '*' }],
  ['deleted', `DELETE /data/users/${ada}`, undefined, /auth\/users\/\{id\}/],
  ['deleted by a filter', 'DELETE /data/users?where=true', undefined, /auth\/users\/\{id\}/],
]
for (const [what, request, body, hint, headers = {}] of refused) {
  for (const as of [asAda, 'secret'] as const) {
    scenario(`users cannot be ${what} (${typeof as === 'string' ? as : 'user'})`, find, {
      as,
      request,
      body,
      headers,
      expect: { status: 409, code: 'data/system-collection', hint },
    })
  }
}

test('a batch makes and deletes no users either, and does nothing of the rest', async () => {
  const first = { op: 'insert', collection: 'posts', data: { title: 'lost' } }
  for (const operation of [
    { op: 'insert', collection: 'users', data: made },
    { op: 'upsert', collection: 'users', data: [{ id: ada, name: 'Eve' }] },
    { op: 'delete', collection: 'users', id: ada },
    { op: 'delete', collection: 'users', where: 'true' },
  ]) {
    const body = { operations: [first, operation] }
    const answer = await ask(server, { as: 'secret', request: 'POST /data/$batch', body })
    const { code, errors } = answer.body as { code: string; errors: { at: string }[] }
    assert.deepEqual([answer.status, code, errors[0]?.at], [409, 'data/system-collection', '/operations/1'])
  }
  const { body } = await ask(server, { as: 'secret', request: 'GET /data/posts?title=eq.lost' })
  assert.deepEqual(body, [])
  const change = { op: 'update', collection: 'users', id: ada, data: { locale: 'pt' } }
  const answer = await ask(server, {
    as: asAda,
    request: 'POST /data/$batch',
    body: { operations: [change] },
  })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
})

test('a relation to users embeds what the policies of users show', async () => {
  const id = '0198c0de-0000-7000-8000-0000000000c1'
  const body = { id, title: 'Hello', editor: bob }
  const written = await ask(server, { as: asAda, request: 'POST /data/posts', body })
  assert.equal(written.status, 201, JSON.stringify(written.body))
  const request = `GET /data/posts?id=eq.${id}&select=title,author(name),editor(name)`
  const read = async (as: As) => (await ask(server, { as, request })).body
  assert.deepEqual(await read(asAda), [{ title: 'Hello', author: { name: 'Ada' }, editor: null }])
  assert.deepEqual(await read('secret'), [
    { title: 'Hello', author: { name: 'Ada' }, editor: { name: 'Bob' } },
  ])
  assert.deepEqual(await read('anonymous'), [{ title: 'Hello', author: null, editor: null }])
  const back = await ask(server, { as: asAda, request: 'GET /data/users?select=name,posts!author(title)' })
  assert.deepEqual(back.body, [{ name: 'Ada', posts: [{ title: 'Hello' }] }])
})

scenario('a relation points to users that exist', find, {
  as: 'secret',
  request: 'POST /data/posts',
  body: { title: 'Lost', author: '0198c0de-0000-7000-8000-0000000000ff' },
  expect: { status: 409, code: 'data/broken-relation' },
})

test('what becomes of documents when an account is removed is the choice of their relation', async () => {
  const cora = '0198c0de-0000-7000-8000-0000000000c0'
  await run(`insert into ~users (id, name) values ('${cora}', 'Cora')`)
  const posts = [
    { title: 'hers', author: cora },
    { title: 'edited', editor: cora },
    { title: 'kept', keeper: cora },
  ]
  // A list has the same fields in each document.
  for (const post of posts) await secretly('POST /data/posts', post)
  await assert.rejects(run(`delete from ~users where id = '${cora}'`), { code: '23503' })
  await run(`update ~posts set keeper = null where title = 'kept'`)
  await run(`delete from ~users where id = '${cora}'`)
  const left = await run(
    `select title, editor from ~posts where title in ('hers', 'edited', 'kept') order by title`,
  )
  assert.deepEqual(left, [
    { title: 'edited', editor: null },
    { title: 'kept', editor: null },
  ])
})

test('a policy of another collection looks into users', async () => {
  await secretly('POST /data/$collections', {
    name: 'drafts',
    fields: { text: { type: 'text' } },
    policies: { list: 'db.users.exists(u, u.id == auth.uid && "editor" in u.roles)' },
  })
  await secretly('POST /data/drafts', { text: 'soon' })
  const read = async (as: As) => (await ask(server, { as, request: 'GET /data/drafts?select=text' })).body
  assert.deepEqual(await read(asAda), [{ text: 'soon' }])
  assert.deepEqual(await read({ uid: bob }), [])
})

test('profile fields of the author: users write their own, and no more than the policy says', async () => {
  await secretly('PATCH /data/$collections/users', {
    fields: {
      bio: { type: 'text', max: 20 },
      plan: { type: 'text', required: true, default: 'free' },
    },
    policies: {
      list: 'auth.uid != null',
      update: 'doc.id == auth.uid && next.plan == doc.plan',
    },
  })
  const patch = (body: unknown) =>
    ask(server, { as: asAda, request: `PATCH /data/users/${ada}?select=bio,plan`, body })
  assert.deepEqual((await patch({ bio: 'Poet' })).body, { bio: 'Poet', plan: 'free' })
  assert.equal((await patch({ plan: 'pro' })).status, 403)
  const seen = await ask(server, { as: asAda, request: 'GET /data/users?select=name,bio&order=name' })
  assert.deepEqual(seen.body, [
    { name: 'Ada', bio: 'Poet' },
    { name: 'Bob', bio: null },
  ])
})

test('what the guide shows works: rights by role, and a profile beside a closed account', async () => {
  const list = `doc.id == auth.uid || 'support' in auth.roles`
  await secretly('PATCH /data/$collections/users', { policies: { list } })
  const names = async (as: As) => {
    const { body } = await ask(server, { as, request: 'GET /data/users?select=name&order=name' })
    return (body as { name: string }[]).map(({ name }) => name)
  }
  assert.deepEqual(await names({ uid: bob, claims: { roles: ['support'] } }), ['Ada', 'Bob'])
  assert.deepEqual(await names({ uid: bob, claims: { roles: ['other'] } }), ['Bob'])
  assert.deepEqual(await names({ uid: bob }), ['Bob'])

  const shown = 'public("names are shown beside posts")'
  await secretly('POST /data/$collections', {
    name: 'profiles',
    fields: {
      user: {
        type: 'relation',
        to: 'users',
        onDelete: 'cascade',
        unique: true,
        default: { cel: 'auth.uid' },
      },
      name: { type: 'text', required: true, max: 60 },
      avatarUrl: { type: 'url' },
    },
    policies: {
      list: shown,
      get: shown,
      create: 'next.user == auth.uid',
      update: 'doc.user == auth.uid && next.user == auth.uid',
    },
  })
  const create = (body: object) => ask(server, { as: asAda, request: 'POST /data/profiles', body })
  assert.equal((await create({ name: 'Countess' })).status, 201)
  assert.equal((await create({ name: 'Bob', user: bob })).status, 403)
  const seen = await ask(server, { as: 'anonymous', request: 'GET /data/profiles?select=name,user(email)' })
  assert.deepEqual(seen.body, [{ name: 'Countess', user: null }])
})

test('the manual of the API tells how users are read and changed, and no way to make or delete them', async () => {
  const answer = await ask(server, { as: 'anonymous', request: 'GET /openapi.json' })
  assert.equal(answer.status, 200)
  const { paths, components } = answer.body as {
    paths: Record<string, Record<string, unknown>>
    components: { schemas: Record<string, { properties: Record<string, { readOnly?: boolean }> }> }
  }
  assert.deepEqual(Object.keys(paths['/data/users']!), ['get', 'patch'])
  assert.deepEqual(Object.keys(paths['/data/users/{id}']!), ['get', 'patch'])
  const { schemas } = components
  assert.equal(schemas.users!.properties.email!.readOnly, true)
  assert.equal(schemas.users!.properties.name!.readOnly, undefined)
  assert.deepEqual(Object.keys(schemas['users.update']!.properties), [
    'name',
    'avatarUrl',
    'metadata',
    'locale',
    'bio',
    'plan',
  ])
  assert.equal(schemas['users.create'], undefined)
})
