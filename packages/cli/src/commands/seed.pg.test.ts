import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { appFolder } from '../testing/app-folder.ts'
import { cloudbox } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
const box = cloudbox({ after }, server.url)
const app = appFolder({ after })
const environment = {
  CLOUDBOX_ENVIRONMENT_URL: server.environmentUrl,
  CLOUDBOX_SECRET_KEY: server.secretKey,
}
const run = (line: string) => box(line, { environment, cwd: app.root })
const rowsOf = async (collection: string) =>
  (await server.request('GET', `/data/${collection}?order=id&limit=1000`)).body as Record<string, unknown>[]
type Report = { files: { file: string; created: number; changed: number; unchanged: number }[] }
const counts = (report: Report) =>
  report.files.map(({ file, created, changed, unchanged }) => [
    file.split('/').at(-1),
    created,
    changed,
    unchanged,
  ])

for (const body of [
  {
    name: 'people',
    fields: {
      name: { type: 'text', required: true },
      born: { type: 'date' },
      login: { type: 'relation', to: 'users' },
    },
  },
  {
    name: 'todos',
    fields: {
      title: { type: 'text', required: true, max: 40 },
      price: { type: 'decimal' },
      due: { type: 'timestamp' },
      tags: { type: 'text', list: true },
      state: { type: 'select', options: ['open', 'done'] },
      owner: { type: 'relation', to: 'people', required: true },
    },
  },
]) {
  const { status } = await server.request('POST', '/data/$collections', { body })
  assert.equal(status, 201)
}

const users =
  '{ "users": [{ "$key": "ada", "email": "ada@example.com", "password": "correct horse battery" }] }'
const people = '[{ "$key": "ada", "name": "Ada", "born": "1815-12-10", "login": "@ada" }, { "name": "Bob" }]'

test('seeds of every kind are written in order, and a second run changes nothing', async () => {
  assert.equal((await run('seed --json')).json<Report>().files.length, 0)
  app.write('cloudbox/seed/01_users.json', users)
  app.write('cloudbox/seed/02_people.json', people)
  app.write(
    'cloudbox/seed/03_todos.csv',
    'title,price,due,owner,$key\nMilk,1.50,2026-01-01T00:00:00Z,@ada,milk\n"Tea, green",,,@ada,\n',
  )
  app.write(
    'cloudbox/seed/04_more.ts',
    `import { seed } from '@cloudbox/client/schema'
     export default seed(({ fake }) => ({ people: fake('people', 3), todos: fake('todos', 20, { state: 'open' }) }))\n`,
  )
  const first = await run('seed --json')
  assert.equal(first.code, 0, first.stdout)
  assert.deepEqual(counts(first.json()), [
    ['01_users.json', 1, 0, 0],
    ['02_people.json', 2, 0, 0],
    ['03_todos.csv', 2, 0, 0],
    ['04_more.ts', 23, 0, 0],
  ])
  const before = { people: await rowsOf('people'), todos: await rowsOf('todos') }
  const second = await run('seed --json')
  assert.deepEqual(counts(second.json()), [
    ['01_users.json', 0, 0, 1],
    ['02_people.json', 0, 0, 2],
    ['03_todos.csv', 0, 0, 2],
    ['04_more.ts', 0, 0, 23],
  ])
  assert.deepEqual({ people: await rowsOf('people'), todos: await rowsOf('todos') }, before)
  const ada = before.people.find(({ name }) => name === 'Ada')!
  const [user] = await rowsOf('users')
  assert.equal(ada['login'], user!['id'])
  assert.equal(before.todos.find(({ title }) => title === 'Milk')!['owner'], ada['id'])
  assert.ok(before.todos.every(({ title }) => (title as string).length <= 40))
})

test('what differs is changed; --only, --reset and --count say what is done', async () => {
  app.write('cloudbox/seed/02_people.json', people.replace('"Bob"', '"Robert"'))
  assert.deepEqual(counts((await run('seed --only people --json')).json<Report>()), [
    ['02_people.json', 0, 1, 1],
    ['04_more.ts', 0, 0, 3],
  ])
  app.write('cloudbox/seed/05_made.json', '{ "todos": { "$fake": true, "state": "done" } }')
  await server.request('POST', '/data/people', { body: { name: 'Written by hand' } })
  const counted = await run('seed --only made --count 7 --json')
  assert.deepEqual(counts(counted.json()), [['05_made.json', 7, 0, 0]])
  const refused = await run('seed --reset')
  assert.match(refused.stderr, /--yes/)
  assert.equal((await rowsOf('todos')).length, 29)
  const reset = await run('seed --reset --yes test/dev --json')
  assert.equal(reset.code, 0, reset.stdout)
  assert.equal((await rowsOf('people')).length, 5)
})

test('a mistake is told with its file and place, and nothing of the file is written', async () => {
  const before = await rowsOf('people')
  for (const [file, text, said] of [
    ['09_people.csv', 'name,born\nA,2000-01-01\nB,never\n', /seed\/09_people\.csv:3/],
    ['09_people.csv', 'name\nA\nB,C\n', /09_people\.csv:3: the header has 1 columns, this row 2/],
    ['09_people.json', '[{ "name": "A" }, { "nam": "B" }]', /09_people\.json people\[1\]/],
    ['09_people.json', '[\n{ "name": "A" },\n]', /09_people\.json:3/],
    ['09_peple.json', '[{}]', /no collection peple[\s\S]*people/],
    [
      '09_people.json',
      '[{ "$key": "x", "name": "A" }, { "$key": "x", "name": "B" }]',
      /people\[1\] has the same key as/,
    ],
    ['09_people.json', '{ "people": 3 }', /people is no list/],
    ['09_people.ts', 'export default () => { throw new Error("no luck") }', /no luck/],
    ['09_todos.json', '[{ "title": "A", "owner": "@nobody" }]', /09_todos\.json/],
  ] as const) {
    app.write(`cloudbox/seed/${file}`, text)
    const { code, stderr } = await run(`seed --only ${file}`)
    assert.notEqual(code, 0, file)
    assert.match(stderr, said, text)
    app.remove(`cloudbox/seed/${file}`)
  }
  assert.deepEqual(await rowsOf('people'), before)
  assert.match((await run('seed --only nothing')).stderr, /no seed and no collection nothing/)
})
