import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { pushSchema } from '../project/push-schema.ts'
import { targetOf } from '../project/target.ts'
import { writeBack } from '../project/write-schema.ts'
import { appFolder } from '../testing/app-folder.ts'
import { cloudbox, type RunOptions } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
const app = appFolder({ after })
const box = cloudbox({ after }, server.url)
const environment = {
  CLOUDBOX_ENVIRONMENT_URL: server.environmentUrl,
  CLOUDBOX_SECRET_KEY: server.secretKey,
}
const run = (line: string, options: RunOptions = {}) =>
  box(line, { ...options, cwd: app.root, environment: { ...environment, ...options.environment } })
const good = async (line: string, options?: RunOptions) => {
  const ran = await run(line, options)
  assert.equal(ran.code, 0, `${line}: ${ran.stdout}${ran.stderr}`)
  return ran
}
const target = await targetOf({ environment, cwd: app.root } as never, {})
const structure = async () =>
  (await server.request('GET', '/schema')).body as { collections: { name: string; fields: object }[] }
const change = async (method: string, path: string, body?: unknown) => {
  const { status, body: answer } = await server.request(method, `/data/$collections${path}`, { body })
  assert.ok(status < 300, JSON.stringify(answer))
}
const file = 'cloudbox/schema.ts'
const env = server.environmentUrl.split('/').at(-1)!

const written = `import { defineSchema, t } from '@cloudbox/client/schema'

export default defineSchema({
  // People and what they owe.
  people: {
    fields: {
      name: t.text({ required: true }), // as they say it
      age: t.integer(),
      team: t.text({ required: true, default: { cel: 'auth.team' } }),
    },
    indexes: [{ fields: ['age'] }],
    policies: { list: 'public("test")', get: 'auth.uid != null' },
    tenant: { field: 'team', is: 'auth.team' },
    search: ['name'],
  },
})
`

beforeEach(async () => {
  app.write(file, 'import { defineSchema } from "@cloudbox/client/schema"\nexport default defineSchema({})\n')
  await pushSchema(app, target)
  app.write(file, written)
})

test('a schema is pushed, told again as it is, and says when something is amiss', async () => {
  assert.equal((await run('schema diff')).code, 1)
  const { stdout } = await good('schema push')
  assert.match(stdout, /Create collection people with name, age and team\./)
  assert.match((await good('schema diff')).stdout, /is what cloudbox\/schema\.ts says/)
  assert.match((await good('schema push')).stdout, /is what cloudbox\/schema\.ts says/)
  assert.match((await good('schema pull')).stdout, /has already/)
  assert.equal(app.read(file), written)

  app.write(file, written.replace('auth.uid != null', 'doc.nme != null').replace("['age']", "['name']"))
  const refused = await run('schema push')
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /cloudbox\/schema\.ts:12:\d+/)
  app.write(file, written.replace('t.integer()', 't.relation("persons")'))
  assert.match(
    (await run('schema push')).stderr,
    /schema\.ts:8:7: people\.fields\.age: there is no collection persons/,
  )
})

test('what loses values is agreed to by the name of the environment', async () => {
  await good('schema push')
  await server.request('POST', '/data/people', { body: { name: 'Ada', age: 36, team: 'a' } })
  app.write(
    file,
    written.replace('      age: t.integer(),\n', '').replace("    indexes: [{ fields: ['age'] }],\n", ''),
  )
  const stopped = await run('schema push')
  assert.equal(stopped.code, 2)
  assert.match(stopped.stderr, /--yes/)
  assert.match((await good('schema push --dry-run')).stdout, /Drop field age of people/)
  assert.equal((await run('schema push --yes nobody')).code, 1)
  await good(`schema push --yes ${env}`)
  assert.deepEqual(Object.keys((await structure()).collections[0]!.fields), ['name', 'team'])
})

test('a new name is told, and values stay', async () => {
  await good('schema push')
  await server.request('POST', '/data/people', { body: { name: 'Ada', age: 36, team: 'a' } })
  app.write(file, written.replace('age:', 'years:').replace("'age'", "'years'"))
  assert.match(
    (await good('schema push --rename people.age=years')).stdout,
    /Rename field age of people to years/,
  )
  const { body } = await server.request('GET', '/data/people')
  assert.deepEqual(
    (body as { years: number }[]).map(({ years }) => years),
    [36],
  )
  assert.equal((await run('schema push --rename people')).code, 2)
})

test('a change of the structure comes back into the file, and a change of the file into the structure', async () => {
  await good('schema push')
  await change('PATCH', '/people', {
    rename: { age: 'years' },
    fields: { years: { type: 'integer', min: 0 }, mail: { type: 'email', unique: true } },
  })
  await change('POST', '', {
    name: 'debts',
    fields: { by: { type: 'relation', to: 'people', onDelete: 'cascade' }, sum: { type: 'decimal' } },
    policies: { list: 'auth.uid != null' },
  })
  const done = await writeBack(app, (await target.api.get<never>('/schema'))['collections'])
  assert.deepEqual(done, { file, state: 'changed', byHand: [] })
  const edited = app.read(file)
  for (const line of [
    '  // People and what they owe.',
    '      name: t.text({ required: true }), // as they say it',
    '      years: t.integer({ min: 0 }),',
    '      mail: t.email({ unique: true }),',
    "    indexes: [{ fields: ['years'] }],",
    `    policies: { list: 'public("test")', get: 'auth.uid != null' },`,
    "    tenant: { field: 'team', is: 'auth.team' },",
    "    search: ['name'],",
    "      by: t.relation('people', { onDelete: 'cascade' }),",
    "    policies: { list: 'auth.uid != null' },",
  ])
    assert.ok(edited.split('\n').includes(line), `${line}\n${edited}`)
  assert.equal((await run('schema diff')).code, 0)

  // And the other way.
  app.write(
    file,
    edited.replace('mail: t.email({ unique: true }),', 'mail: t.email(),\n      city: t.text({ max: 80 }),'),
  )
  const { steps } = await pushSchema(app, target)
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['change-field', 'add-field'].toSorted(),
  )
  assert.deepEqual(await writeBack(app, (await target.api.get<never>('/schema'))['collections']), {
    file,
    state: 'unchanged',
    byHand: [],
  })
  await change('DELETE', '/debts')
  await good('schema pull')
  assert.ok(!app.read(file).includes('debts'))
})

test('what code computes is left to people', async () => {
  app.write(
    file,
    written
      .replace('t.integer()', 'number()')
      .replace('export default', 'const number = () => t.integer()\nexport default'),
  )
  await good('schema push')
  await change('PATCH', '/people', { fields: { age: { type: 'integer', max: 150 }, name: { type: 'text' } } })
  const pulled = await run('schema pull')
  assert.equal(pulled.code, 1)
  assert.match(pulled.stderr, /cloudbox\/schema\.ts:9 the field people\.age is computed by code/)
  assert.match(app.read(file), /name: t\.text\(\), \/\/ as they say it/)
  assert.match(app.read(file), /age: number\(\),/)
})

test('a file that is not there is made, without what every environment has', async () => {
  await good('schema push')
  const fresh = appFolder({ after })
  assert.equal(
    (await writeBack(fresh, (await target.api.get<never>('/schema'))['collections'])).state,
    'made',
  )
  assert.ok(!fresh.read(file).includes('users'))
  assert.match((await box('schema diff', { cwd: fresh.root, environment })).stdout, /is what/)
  await change('PATCH', '/users', { fields: { nickname: { type: 'text' } } })
  await good('schema pull')
  assert.match(app.read(file), /users: \{\n {4}fields: \{\n {6}nickname: t\.text\(\)/)
})

test('types are plain interfaces that the compiler understands', async () => {
  const { stdout } = await good('types --stdout')
  assert.match(stdout, /export interface People \{\n {2}id: string\n/)
  assert.match(stdout, /age: number \| null/)
  assert.match(stdout, /export interface NewPeople \{\n {2}id\?: string\n {2}name: string\n/)
  assert.match((await good('types')).stdout, /Wrote cloudbox\/types\.ts/)
  assert.match((await good('types')).stdout, /is as it should be/)
})
