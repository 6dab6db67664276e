import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { appFolder } from '../testing/app-folder.ts'
import { cloudbox, type RunOptions } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
const app = appFolder({ after })
const box = cloudbox({ after }, server.url)
const environment = {
  CLOUDBOX_ENVIRONMENT_URL: server.environmentUrl,
  CLOUDBOX_SECRET_KEY: server.secretKey,
}
const run = (line: string, options: RunOptions = {}) => box(line, { environment, cwd: app.root, ...options })
const good = async (line: string, options?: RunOptions) => {
  const ran = await run(line, options)
  assert.equal(ran.code, 0, `${line}: ${ran.stdout}${ran.stderr}`)
  return ran
}
const env = server.environmentUrl.split('/').at(-1)!
const folder = join(app.folder, 'migrations')
const files = () => readdirSync(folder).toSorted()
const rows = async () =>
  (await server.request('GET', '/data/people?order=name')).body as Record<string, unknown>[]

const schema = (fields: string, more = '') => `import { defineSchema, t } from '@cloudbox/client/schema'

export default defineSchema({
  people: {
    fields: {
${fields}
    },
  },${more}
})
`
const first = `      name: t.text({ required: true }),
      age: t.text(),`

test('a migration is made from the schema, planned, applied and known', async () => {
  app.write('cloudbox/schema.ts', schema(first))
  const made = await good('migrate create')
  assert.match(
    made.stdout,
    /Create collection people with name and age\.\n\n✓ Wrote cloudbox\/migrations\/\d{14}_create_people\.ts\./,
  )
  const [file] = files()
  assert.match(app.read(`cloudbox/migrations/${file}`), /createCollection\('people', \{\n {6}fields: \{\n/)
  assert.match((await good('migrate create')).stdout, /there is nothing to do/)
  assert.match((await good('migrate check')).stdout, /✓ 1 migration in order/)
  assert.match((await good('migrate status')).stdout, /_create_people +pending +–/)
  const planned = await good('migrate plan')
  assert.match(
    planned.stdout,
    /_create_people\n {4}1 {2}Create collection people with name and age\.\n {7}locks /,
  )
  assert.match((await good('migrate up')).stdout, /✓ \d+_create_people/)
  assert.match((await good('migrate up')).stdout, /Nothing is pending/)
  assert.match((await good('migrate status')).stdout, /_create_people +applied +20/)
  await server.request('POST', '/data/people', {
    body: [
      { name: 'Ada', age: '36' },
      { name: 'Bob', age: '7' },
    ],
  })
})

test('a new name is asked for or said, never guessed; values stay', async () => {
  app.write('cloudbox/schema.ts', schema(first.replace('age:', 'years:')))
  const guessed = await good('migrate create')
  assert.match(guessed.stdout, /Drop field age of people/)
  assert.match(
    guessed.stderr,
    /Was people\.age renamed\? Then remove the file and say --rename people\.age=years/,
  )
  rmSync(join(folder, files().at(-1)!))
  const refused = await good('migrate create', { types: ['n'] })
  assert.match(refused.stderr, /people\.age goes, people\.years comes\. Is it the same under a new name\?/)
  rmSync(join(folder, files().at(-1)!))
  await good('migrate create', { types: ['y'] })
  const [, file] = files()
  assert.match(app.read(`cloudbox/migrations/${file}`), /renameField\('people', 'age', 'years'\)/)
  assert.match(app.read(`cloudbox/migrations/${file}`), /parents: \['\d+_create_people'\]/)
  await good('migrate up')
  assert.deepEqual(
    (await rows()).map(({ years }) => years),
    ['36', '7'],
  )
})

test('a type is changed with a transform, agreed to by name, and taken back with its values', async () => {
  app.write(
    'cloudbox/schema.ts',
    schema(first.replace('age: t.text()', "years: t.integer({ using: 'int(doc.years) * 12' })")),
  )
  await good('migrate create in_months')
  assert.match(app.read(`cloudbox/migrations/${files().at(-1)}`), /using: 'int\(doc\.years\) \* 12'/)
  const stopped = await run('migrate up')
  assert.deepEqual([stopped.code, stopped.stdout], [2, ''])
  assert.match((await good('migrate up --dry-run')).stdout, /Change field years of people/)
  assert.match((await good('migrate up', { types: [env] })).stdout, /✓.*_in_months/)
  assert.deepEqual(
    (await rows()).map(({ years }) => years),
    [432, 84],
  )
  assert.equal((await run('migrate down')).code, 2)
  assert.match((await good(`migrate down --yes ${env}`)).stdout, /↩ \d+_in_months/)
  assert.deepEqual(
    (await rows()).map(({ years }) => years),
    ['36', '7'],
  )
  await good(`migrate up --yes ${env}`)
})

test('branches are joined; those that change the same are told with file and line', async () => {
  const write = (name: string, parents: string[], field: string) =>
    app.write(
      `cloudbox/migrations/${name}.ts`,
      `import { addField, migration, t } from '@cloudbox/client/schema'
export default migration({
  parents: ${JSON.stringify(parents)},
  operations: [
    addField('people', '${field}', t.text()),
  ],
})
`,
    )
  const head = files().at(-1)!.replace('.ts', '')
  write('30000101000000_left', [head], 'mail')
  write('30000101000001_right', [head], 'mail')
  const wrong = await run('migrate check')
  assert.equal(wrong.code, 1)
  assert.match(
    wrong.stderr,
    /migrations\/30000101000001_right\.ts:5:5: 30000101000000_left changes people\.mail too/,
  )
  assert.equal((await run('migrate up')).code, 1)
  write('30000101000001_right', [head], 'phone')
  assert.match(
    (await good('migrate check')).stderr,
    /30000101000000_left and 30000101000001_right are branches/,
  )
  app.write(
    'cloudbox/schema.ts',
    schema(
      `${first.replace('age: t.text()', 'years: t.integer()')}\n      mail: t.text(),\n      phone: t.text(),`,
    ),
  )
  const joined = await good('migrate create --json')
  assert.deepEqual(joined.json<{ parents: string[] }>().parents, [
    '30000101000000_left',
    '30000101000001_right',
  ])
  const { stdout } = await good('migrate up --json')
  assert.equal((JSON.parse(stdout) as { applied: unknown[] }).applied.length, 3)
  assert.deepEqual(Object.keys((await rows())[0]!).slice(-2), ['mail', 'phone'])
})

test('what does not fit is told with its line, and nothing is done', async () => {
  const path = `cloudbox/migrations/${files()[0]}`
  const text = app.read(path)
  app.write(path, text.replace('name: t.text', 'called: t.text'))
  const edited = await run('migrate up')
  assert.equal(edited.code, 1)
  assert.match(edited.stderr, /schema\/migration-edited/)
  assert.equal((await run('migrate status')).code, 1)
  app.write(path, text)
  app.write(
    'cloudbox/migrations/40000101000000_wrong.ts',
    `import { dropField, migration } from '@cloudbox/client/schema'
export default migration({
  parents: [${JSON.stringify(files().at(-1)!.replace('.ts', ''))}],
  operations: [
    dropField('people', 'nme'),
  ],
})
`,
  )
  const wrong = await run('migrate up')
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /40000101000000_wrong\.ts:5:5/)
  rmSync(join(folder, '40000101000000_wrong.ts'))
  rmSync(join(folder, files().at(-1)!))
  const ahead = await run('migrate up --json')
  assert.equal(ahead.json<{ error: { code: string } }>().error.code, 'schema/environment-ahead')
  assert.equal((await run('migrate up none')).code, 2)
})

test('an empty one needs no server', async t => {
  const fresh = appFolder(t)
  const offline = cloudbox(t, 'http://127.0.0.1:9')
  const made = await offline('migrate create --empty', { cwd: fresh.root })
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stdout, /Wrote cloudbox\/migrations\/\d{14}_by_hand\.ts/)
  assert.equal((await offline('migrate check', { cwd: fresh.root })).code, 0)
})
