import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startTestServer } from '../../testing/start-test-server.ts'
import { ask, invitationToken, join, password, setUpOwner, signIn } from '../../testing/management.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
const code = ({ body }: { body: unknown }) => (body as { code?: string }).code

test('there is one owner of an installation, made with the newest link only', async () => {
  const again = await ask(server, 'POST', '/set-up', {
    token: 'x',
    email: 'eve@example.com',
    password,
    organisation: 'evil',
  })
  assert.equal(again.status, 409)
  assert.equal(code(again), 'platform/already-set-up')
  assert.equal(await server.server().platform.makeSetUpToken(), undefined)
  const { body } = await ask(server, 'GET', '')
  assert.equal((body as { isSetUp: boolean }).isSetUp, true)
})

test('strangers cannot make accounts of operators', async () => {
  const { body } = await ask(server, 'GET', '')
  const { accounts } = body as { accounts: { path: string; publishableKey: string } }
  const response = await fetch(`${server.url}${accounts.path}/v1/auth/sign-up`, {
    method: 'POST',
    headers: { apikey: accounts.publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'eve@example.com', password }),
  })
  assert.equal(response.status, 403)
  assert.equal(((await response.json()) as { code: string }).code, 'auth/not-enabled')
})

test('a project with environments is made, renamed, archived, removed and brought back', async () => {
  const made = await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const taken = await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
  assert.equal(code(taken), 'platform/name-taken')
  const environment = await owner.ask('POST', '/projects/shop/environments', { name: 'staging' })
  assert.equal(environment.status, 201, JSON.stringify(environment.body))
  assert.equal((environment.body as { state: string }).state, 'ready')

  const keyMade = await owner.ask('POST', '/projects/shop/environments/staging/keys', { kind: 'secret' })
  const { key } = keyMade.body as { key: string }
  const inIt = (name: string, headers = { apikey: key }) =>
    fetch(`${server.url}/shop/${name}/v1/data/$collections`, { headers })
  assert.equal((await inIt('staging')).status, 200)

  const path = '/projects/shop/environments/staging'
  assert.equal((await owner.ask('PATCH', path, { name: 'live' })).status, 200)
  assert.equal((await inIt('staging')).status, 404)
  assert.equal((await inIt('live')).status, 200)
  const live = '/projects/shop/environments/live'
  await owner.ask('PATCH', live, { isArchived: true })
  assert.equal((await inIt('live')).status, 404)
  await owner.ask('PATCH', live, { isArchived: false })
  assert.equal((await inIt('live')).status, 200)

  // The schema of the renamed one still has the old name.
  const second = await owner.ask('POST', '/projects/shop/environments', { name: 'staging' })
  assert.equal(second.status, 201, JSON.stringify(second.body))
  assert.equal((await inIt('staging')).status, 401)

  const unconfirmed = await owner.ask('DELETE', live)
  assert.equal(code(unconfirmed), 'platform/confirmation-needed')
  assert.equal((await owner.ask('DELETE', `${live}?confirm=live`)).status, 204)
  assert.equal((await inIt('live')).status, 404)
  assert.equal((await owner.ask('DELETE', `${live}?confirm=live`)).status, 204, 'twice is the same')
  const { body } = await owner.ask('GET', '/organisations/acme/removed')
  const [removed] = (body as { removed: { id: string; environment: string }[] }).removed
  assert.equal(removed?.environment, 'live')
  const back = await owner.ask('POST', `/organisations/acme/removed/${removed.id}/restore`)
  assert.equal(back.status, 204, JSON.stringify(back.body))
  assert.equal((await inIt('live')).status, 200, 'with its keys')

  assert.equal((await owner.ask('DELETE', '/projects/shop?confirm=shop')).status, 204)
  assert.equal((await inIt('live')).status, 404)
  assert.equal((await owner.ask('DELETE', '/projects/shop?confirm=shop')).status, 204)
  const list = await owner.ask('GET', '/organisations/acme/removed')
  const project = (list.body as { removed: { id: string; kind: string }[] }).removed.find(
    ({ kind }) => kind === 'project',
  )!
  assert.equal((await owner.ask('POST', `/organisations/acme/removed/${project.id}/restore`)).status, 204)
  assert.equal((await inIt('live')).status, 200)
})

test('an invitation is for its address alone, once', async () => {
  const invited = await owner.ask('POST', '/organisations/acme/invitations', {
    email: 'Ada@Example.com',
    role: 'viewer',
  })
  assert.equal(invited.status, 201, JSON.stringify(invited.body))
  const first = await invitationToken(server, 'ada@example.com')
  const look = await ask(server, 'POST', '/invitations/look', { token: first })
  assert.deepEqual(look.body, {
    organisation: 'acme',
    email: 'ada@example.com',
    role: 'viewer',
    hasAccount: false,
  })
  const weak = await ask(server, 'POST', '/invitations/accept', { token: first, password: 'short' })
  assert.equal(code(weak), 'auth/weak-password')
  assert.equal((await ask(server, 'POST', '/invitations/accept', { token: first, password })).status, 204)
  const twice = await ask(server, 'POST', '/invitations/accept', { token: first, password })
  assert.equal(code(twice), 'platform/link-invalid')
  const ada = await signIn(server, 'ada@example.com')
  const me = await ada.ask('GET', '/me')
  const [organisation] = (me.body as { organisations: { name: string; role: string }[] }).organisations
  assert.equal(organisation?.role, 'viewer')

  await owner.ask('POST', '/organisations', { name: 'second' })
  await owner.ask('POST', '/organisations/second/invitations', { email: 'ada@example.com', role: 'admin' })
  let token = first
  while (token === first) token = await invitationToken(server, 'ada@example.com')
  const stranger = await owner.ask('POST', '/invitations/accept', { token })
  assert.equal(code(stranger), 'platform/wrong-address')
  const nobody = await ask(server, 'POST', '/invitations/accept', {
    token,
    password: 'another long password',
  })
  assert.equal(code(nobody), 'platform/operator-needed', 'a link never changes the password of an account')
  assert.equal((await ada.ask('POST', '/invitations/accept', { token })).status, 204)
})

test('nobody gives more than he has, and an organisation keeps an owner', async () => {
  const admin = await join(server, owner, 'acme', 'admin@example.com', 'admin')
  const raise = await admin.ask('PATCH', `/organisations/acme/members/${admin.id}`, { role: 'owner' })
  assert.equal(code(raise), 'platform/not-allowed')
  const demote = await admin.ask('PATCH', `/organisations/acme/members/${owner.id}`, { role: 'viewer' })
  assert.equal(code(demote), 'platform/not-allowed')
  const grantable = async (operator: typeof admin) =>
    ((await operator.ask('GET', '/organisations/acme/roles')).body as { grantable: string[] }).grantable
  assert.deepEqual(await grantable(admin), ['admin', 'developer', 'viewer'])
  assert.deepEqual(await grantable(owner), ['owner', 'admin', 'developer', 'viewer'])
  const all = { statements: [{ effect: 'allow', permissions: ['*'], places: ['*'] }] }
  assert.equal(code(await admin.ask('PUT', '/organisations/acme/roles/god', all)), 'platform/not-allowed')
  const leave = await owner.ask('POST', '/organisations/acme/leave')
  assert.equal(code(leave), 'platform/last-owner')
  const transfer = await owner.ask('POST', '/organisations/acme/transfer', { member: admin.id })
  assert.equal(transfer.status, 204, JSON.stringify(transfer.body))
  assert.equal((await owner.ask('POST', '/organisations/acme/leave')).status, 204)
  assert.equal((await owner.ask('GET', '/organisations/acme')).status, 404)
  await admin.ask('POST', '/organisations/acme/invitations', { email: owner.email, role: 'admin' })
  const token = await invitationToken(server, owner.email)
  assert.equal((await owner.ask('POST', '/invitations/accept', { token })).status, 204)
  await admin.ask('PATCH', `/organisations/acme/members/${owner.id}`, { role: 'owner' })
})

test('a role in a narrower place counts there, at once', async () => {
  await owner.ask('POST', '/organisations/acme/projects', { name: 'blog' })
  for (const name of ['dev', 'production']) await owner.ask('POST', '/projects/blog/environments', { name })
  const dev = await join(server, owner, 'acme', 'dev@example.com', 'developer')
  const places = [{ project: 'blog', environment: 'production', role: 'viewer' }]
  const fields = { title: { type: 'text' } }
  const make = (environment: string, name: string) =>
    dev.askIn(`blog/${environment}`, 'POST', '/data/$collections', { name, fields })
  assert.equal((await make('production', 'one')).status, 201)
  assert.equal((await owner.ask('PATCH', `/organisations/acme/members/${dev.id}`, { places })).status, 204)
  const refused = await make('production', 'two')
  assert.equal(refused.status, 403)
  assert.match((refused.body as { detail: string }).detail, /collections\.change/)
  assert.equal((await make('dev', 'two')).status, 201)
  await owner.ask('DELETE', `/organisations/acme/members/${dev.id}`)
  assert.equal((await make('dev', 'three')).status, 401)
  assert.equal((await dev.ask('GET', '/projects/blog')).status, 404)
})

test('a creation with an idempotency key happens once', async () => {
  const headers = { 'idempotency-key': 'make-it-once' }
  const path = '/projects/blog/environments/dev/keys'
  const first = await owner.ask('POST', path, { kind: 'secret', name: 'ci' }, headers)
  const again = await owner.ask('POST', path, { kind: 'secret', name: 'ci' }, headers)
  assert.deepEqual(again.body, first.body)
  const other = await owner.ask('POST', path, { kind: 'publishable' }, headers)
  assert.equal(code(other), 'platform/idempotency-key-reused')
  const { body } = await owner.ask('GET', path)
  assert.equal((body as { keys: { name: string }[] }).keys.filter(({ name }) => name === 'ci').length, 1)
})

test('keys have scopes, ends and successors, and are revoked at once', async () => {
  const path = '/projects/blog/environments/dev/keys'
  const make = async (body: object) => {
    const made = await owner.ask('POST', path, { kind: 'secret', ...body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body as { id: string; key: string }
  }
  const use = async (key: string, method: string, to: string, body?: unknown) => {
    const response = await fetch(`${server.url}/blog/dev/v1${to}`, {
      method,
      headers: { apikey: key, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return response.status
  }
  const all = await make({})
  for (const name of ['open', 'closed'])
    assert.equal(
      await use(all.key, 'POST', '/data/$collections', { name, fields: { n: { type: 'integer' } } }),
      201,
    )
  const reader = await make({ scope: { permissions: ['documents.read'], collections: ['open'] } })
  assert.equal(await use(reader.key, 'GET', '/data/open'), 200)
  assert.equal(await use(reader.key, 'POST', '/data/open', { n: 1 }), 403)
  assert.equal(await use(reader.key, 'GET', '/data/closed'), 403)
  assert.equal(await use(reader.key, 'GET', '/data/$collections'), 403)
  assert.equal(await use(reader.key, 'GET', '/auth/users'), 403)
  const wide = await owner.ask('POST', path, { kind: 'secret', scope: { collections: ['open'] } })
  assert.equal(code(wide), 'platform/invalid-scope')

  const ended = await make({ expiresAt: new Date(Date.now() - 1000).toISOString() })
  assert.equal(await use(ended.key, 'GET', '/data/open'), 401)

  const rotated = await owner.ask('POST', `${path}/${all.id}/rotate`, { overlapSeconds: 3600 })
  const next = rotated.body as { id: string; key: string }
  assert.equal(await use(all.key, 'GET', '/data/open'), 200)
  assert.equal(await use(next.key, 'GET', '/data/open'), 200)
  assert.equal((await owner.ask('DELETE', `${path}/${all.id}`)).status, 204)
  assert.equal(await use(all.key, 'GET', '/data/open'), 401)
  assert.equal((await owner.ask('DELETE', `${path}/${all.id}`)).status, 204)
  const stored = await server.db.query<{ text: string }>({
    text: `select row_to_json(k)::text as text from cloudbox.platform_keys k where kind = 'secret'`,
    values: [],
  })
  for (const { text } of stored) assert.ok(!text.includes('cb_secret_'))
})

test('values are read, secrets are not, and both reach what runs inside', async () => {
  const base = '/projects/blog/environments/dev'
  await owner.ask('PUT', `${base}/variables/REGION`, { value: 'eu' })
  await owner.ask('PUT', `${base}/secrets/STRIPE_KEY`, { value: 'sk_live_1' })
  assert.equal(
    code(await owner.ask('PUT', `${base}/secrets/stripe`, { value: 'x' })),
    'platform/invalid-name',
  )
  const { body } = await owner.ask('GET', `${base}/variables`)
  const shown = (body as { variables: { name: string; value: string | null }[] }).variables
  assert.deepEqual(
    shown.map(({ name, value }) => [name, value]),
    [
      ['REGION', 'eu'],
      ['STRIPE_KEY', null],
    ],
  )
  const { platform } = server.server()
  const environment = platform
    .environments()
    .find(({ project, name }) => project === 'blog' && name === 'dev')!
  assert.deepEqual(await platform.readVariables(environment), { REGION: 'eu', STRIPE_KEY: 'sk_live_1' })
  const dump = await server.db.query<{ text: string }>({
    text: `select (select string_agg(v::text, '') from cloudbox.platform_variables v)
      || (select string_agg(a::text, '') from cloudbox.platform_audit a) as text`,
    values: [],
  })
  assert.ok(!dump[0]!.text.includes('sk_live_1'))
})
