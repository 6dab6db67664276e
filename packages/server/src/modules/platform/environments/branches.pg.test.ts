import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { join, setUpOwner } from '../../../testing/management.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', '/projects/shop/environments', { name: 'live' })
const environments = '/projects/shop/environments'
const fields = { title: { type: 'text' }, mail: { type: 'email', pii: true } }
const list = 'public("test")'
await owner.askIn('shop/live', 'POST', '/data/$collections', { name: 'notes', fields, policies: { list } })
await owner.askIn('shop/live', 'POST', '/data/notes', [
  { title: 'one', mail: 'ada@ada.org' },
  { title: 'two', mail: 'bob@bob.org' },
])
await owner.ask('PUT', `${environments}/live/variables/REGION`, { value: 'eu' })
await owner.ask('PUT', `${environments}/live/secrets/STRIPE_KEY`, { value: 'sk_live_1' })
await owner.askIn('shop/live', 'PATCH', '/limits', { maxRows: 77 })

const code = ({ body }: { body: unknown }) => (body as { code?: string }).code
const notes = async (name: string) =>
  (await owner.askIn(`shop/${name}`, 'GET', '/data/notes?order=title')).body as {
    title: string
    mail: string
  }[]
const variables = async (name: string) =>
  (
    (await owner.ask('GET', `${environments}/${name}/variables`)).body as {
      variables: { name: string; isSecret: boolean; value: string | null }[]
    }
  ).variables.map(({ name, isSecret, value }) => [name, isSecret, value])

test('a branch has structure, settings and configuration of its parent, and no data unless asked', async () => {
  const made = await owner.ask('POST', environments, { name: 'feature-x', from: 'live' })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { branchOf, inert, dev } = made.body as { branchOf: string; inert: boolean; dev: boolean }
  assert.deepEqual({ branchOf, inert, dev }, { branchOf: 'live', inert: true, dev: true })
  const collection = async (name: string) =>
    (await owner.askIn(`shop/${name}`, 'GET', '/data/$collections/notes')).body as object
  const definition = (body: object) => JSON.stringify({ ...body, version: 0, createdAt: 0, updatedAt: 0 })
  assert.equal(definition(await collection('feature-x')), definition(await collection('live')))
  assert.deepEqual(await notes('feature-x'), [])
  assert.deepEqual(await variables('feature-x'), [['REGION', false, 'eu']])
  const limits = await owner.askIn('shop/feature-x', 'GET', '/limits')
  assert.equal((limits.body as { maxRows: number }).maxRows, 77)
})

test('personal fields are made up, and secrets come only when asked', async () => {
  await owner.ask('POST', environments, { name: 'with-data', from: 'live', data: 'all', secrets: true })
  const copied = await notes('with-data')
  assert.deepEqual(
    copied.map(({ title }) => title),
    ['one', 'two'],
  )
  for (const { mail } of copied) assert.match(mail, /^[^@]+@example\.(com|org|net)$/)
  assert.deepEqual(await variables('with-data'), [
    ['REGION', false, 'eu'],
    ['STRIPE_KEY', true, null],
  ])
  const { platform } = server.server()
  const branch = platform.environments().find(({ name }) => name === 'with-data')!
  assert.equal((await platform.readVariables(branch)).STRIPE_KEY, 'sk_live_1')
})

test('a missing parent, a taken name and a role that may not read the data are told; nothing stays', async () => {
  const missing = await owner.ask('POST', environments, { name: 'x', from: 'nowhere' })
  assert.equal(code(missing), 'platform/not-found')
  const taken = await owner.ask('POST', environments, { name: 'live', from: 'live' })
  assert.equal(code(taken), 'platform/name-taken')
  const maker = {
    statements: [{ effect: 'allow', permissions: ['environments.*', 'organisation.read'], places: ['*'] }],
  }
  assert.equal((await owner.ask('PUT', '/organisations/acme/roles/maker', maker)).status, 200)
  const mia = await join(server, owner, 'acme', 'mia@example.com', 'maker')
  const refused = await mia.ask('POST', environments, { name: 'x', from: 'live', data: 'all' })
  assert.equal(code(refused), 'platform/not-allowed')
  assert.match((refused.body as { detail: string }).detail, /documents\.read/)
  assert.equal((await mia.ask('POST', environments, { name: 'x', from: 'live' })).status, 201)
  const { body } = await owner.ask('GET', environments)
  const names = (body as { environments: { name: string }[] }).environments.map(({ name }) => name)
  assert.deepEqual(names, ['feature-x', 'live', 'with-data', 'x'])
})

test('what a crash left half made is removed at the next start, its name free again', async () => {
  const { db } = server
  await db.transaction(tx =>
    tx.script(`
      update cloudbox.platform_environments set state = 'making' where name = 'x';
      insert into cloudbox.platform_environments (project_id, name, schema_name, role_name, is_dev, state)
      select id, 'half', 'shop__half', 'shop__half_role', true, 'making' from cloudbox.platform_projects where name = 'shop';
      create schema shop__half; create table shop__half.t (id int primary key)`),
  )
  await server.restart()
  await server.server().platform.discardUnfinished()
  const { body } = await owner.ask('GET', environments)
  const names = (body as { environments: { name: string }[] }).environments.map(({ name }) => name)
  assert.deepEqual(names, ['feature-x', 'live', 'with-data'])
  const [left] = await db.query<{ count: string }>({
    text: `select count(*) from pg_namespace where nspname in ('shop__half', 'shop__x')`,
    values: [],
  })
  assert.equal(left!.count, '0')
  assert.equal((await owner.ask('POST', environments, { name: 'half' })).status, 201)
  const { entries } = (await owner.ask('GET', '/organisations/acme/audit?action=environment.discarded'))
    .body as {
    entries: { subject: string; actor: { kind: string } }[]
  }
  assert.deepEqual(
    entries.map(({ subject, actor }) => [subject, actor.kind]),
    [
      ['x', 'system'],
      ['half', 'system'],
    ],
  )
})
