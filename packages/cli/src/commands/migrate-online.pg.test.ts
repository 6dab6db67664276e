import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { appFolder } from '../testing/app-folder.ts'
import { cloudbox, type RunOptions } from '../testing/cloudbox.ts'

interface Up {
  readonly applied: readonly { readonly name: string; readonly change?: string }[]
  readonly running?: { readonly name: string; readonly change: string }
  readonly change?: { readonly state: string; readonly phase: string }
  readonly quarantine?: { readonly count: number; readonly documents: readonly object[] }
}

/** A server with people, and an app whose first migration has made them. */
async function start(people: readonly Record<string, unknown>[]) {
  const server = await startTestServer({ after })
  const app = appFolder({ after })
  const box = cloudbox({ after }, server.url)
  const environment = {
    CLOUDBOX_ENVIRONMENT_URL: server.environmentUrl,
    CLOUDBOX_SECRET_KEY: server.secretKey,
  }
  const env = server.environmentUrl.split('/').at(-1)!
  const run = (line: string, options: RunOptions = {}) =>
    box(line, { environment, cwd: app.root, ...options })
  const write = (name: string, parents: readonly string[], operation: string) =>
    app.write(
      `cloudbox/migrations/${name}.ts`,
      `import { addField, changeField, createCollection, migration, t } from '@cloudbox/client/schema'
export default migration({
  parents: ${JSON.stringify(parents)},
  operations: [${operation}],
})
`,
    )
  const good = async (line: string, options?: RunOptions) => {
    const ran = await run(line, options)
    assert.equal(ran.code, 0, `${line}: ${ran.stdout}${ran.stderr}`)
    return ran
  }
  const rows = async () =>
    (await server.request('GET', '/data/people?order=name&limit=1000')).body as Record<string, unknown>[]
  write('1_people', [], `createCollection('people', { fields: { name: t.text(), age: t.text() } })`)
  write('3_note', ['2_age'], `addField('people', 'note', t.text({ computed: "string(doc.age + 1)" }))`)
  const first = async (using: string, definition = 't.integer()') => {
    write('2_age', ['1_people'], `changeField('people', 'age', ${definition}, ${using})`)
    await good('migrate up 1')
    if (people.length > 0) await server.request('POST', '/data/people', { body: people })
  }
  const idOf = async (name: string) => (await rows()).find(row => row['name'] === name)!['id'] as string
  const mend = async (name: string, age: string) =>
    server.request('PATCH', `/data/people/${await idOf(name)}`, { body: { age } })
  return { server, app, run, good, rows, write, first, mend, up: `migrate up --yes ${env}`, env }
}

const many = Array.from({ length: 700 }, (_, n) => ({ name: `p${String(n).padStart(3, '0')}`, age: `${n}` }))
const byServer = `{ using: 'int(doc.age)', online: true }`

test('an online migration is followed, and those after it are applied; one document tells it', async () => {
  const box = await start(many)
  await box.first(byServer)
  const ran = await box.good(`${box.up} --json`)
  const { applied, running } = ran.json<Up>()
  assert.deepEqual(
    applied.map(({ name }) => name),
    ['2_age', '3_note'],
  )
  assert.equal(running, undefined)
  assert.match(ran.stderr, /2_age goes on beside reads and writes, as change \d+\npeople\.age /)
  const rows = await box.rows()
  assert.deepEqual([rows[7]!['age'], rows[7]!['note']], [7, '8'])
  assert.match((await box.good('migrate up')).stdout, /Nothing is pending/)
  assert.doesNotMatch((await box.good('migrate status')).stdout, /CHANGE/)
  await box.good(`migrate down 2 --yes ${box.env}`)
  assert.equal((await box.rows())[7]!['age'], '7')
  // As somebody at a terminal sees it.
  const typed = await box.good('migrate up', { types: [box.env] })
  assert.match(typed.stdout, /2_age[^]*3_note/)
  assert.ok(typed.stderr.includes('\r\u001B[K'))
})

test('what has no value is shown with what helps, and goes on once it is mended', async () => {
  const wrong = Array.from({ length: 12 }, (_, n) => ({ name: `w${n}`, age: `years ${n}` }))
  const box = await start([{ name: 'ada', age: '36' }, ...wrong])
  await box.first(byServer)
  const held = await box.run(box.up)
  assert.equal(held.code, 1)
  assert.match(held.stdout, /✗ 2_age waits for documents to be mended/)
  assert.match(held.stderr, /people\.age: 12 documents have no value in the new type/)
  assert.equal(held.stderr.match(/ years \d+ /g)!.length, 10)
  assert.match(held.stderr, /… and 2 more\n→ Write them [^]*→ Or let all .* --set-null[^]*migrate cancel/)
  const status = await box.good('migrate status')
  assert.match(status.stdout, /2_age +running/)
  assert.match(status.stdout, /3_note +pending/)
  assert.match(status.stdout, /people\.age +12 documents in quarantine to be mended/)
  assert.equal(
    (await box.good('migrate status --json')).json<{ changes: { quarantined: number }[] }>().changes[0]!
      .quarantined,
    12,
  )
  const again = await box.run(`${box.up} --json`)
  assert.equal(again.code, 1)
  const { running, change, quarantine } = again.json<Up>()
  assert.deepEqual(
    [running!.name, change!.phase, quarantine!.count, quarantine!.documents.length],
    ['2_age', 'quarantined', 12, 10],
  )
  await box.mend('w0', '80')
  assert.equal((await box.run('migrate resume --set-null')).code, 2)
  const dry = await box.good('migrate resume --set-null --dry-run')
  assert.match(dry.stdout, /makes people\.age empty in 1\d documents/)
  await box.good(`migrate resume --set-null --yes ${box.env}`)
  assert.deepEqual(
    (await box.good(`${box.up} --json`)).json<Up>().applied.map(({ name }) => name),
    ['2_age', '3_note'],
  )
  assert.deepEqual(
    (await box.rows()).slice(0, 3).map(({ age }) => age),
    [36, 80, null],
  )
})

test('a migration is begun without waiting, paused, resumed and cancelled', async () => {
  const box = await start([{ name: 'ada', age: 'old' }])
  await box.first(byServer, 't.integer({ required: true })')
  const missing = await box.run('migrate pause')
  assert.deepEqual([missing.code, /No online migration is under way/.test(missing.stderr)], [1, true])
  const begun = await box.good(`${box.up} --no-wait`)
  assert.match(begun.stdout, /… 2_age goes on as change (\d+)/)
  assert.match(begun.stderr, /Follow it: cloudbox migrate up\n[^]*migrate status[^]*migrate pause/)
  const change = /change (\d+)/.exec(begun.stdout)![1]!
  assert.deepEqual((await box.good('migrate up --no-wait --json')).json<Up>().running, {
    ...{ name: '2_age', change },
  })
  assert.match((await box.good('migrate pause')).stdout, /change \d+ of people\.age rests/)
  const paused = await box.run(box.up)
  assert.equal(paused.code, 1)
  assert.match(paused.stdout, /2_age is paused/)
  assert.match(paused.stderr, /cloudbox migrate resume/)
  assert.match((await box.good('migrate status')).stdout, /people\.age +paused: /)
  await box.good(`migrate resume ${change}`)
  const held = await box.run(box.up)
  assert.equal(held.code, 1)
  assert.doesNotMatch(held.stderr, /set-null/)
  const refused = await box.run(`migrate resume --set-null --yes ${box.env}`)
  assert.match(refused.stderr, /schema\/change-over/)
  assert.equal((await box.run('migrate cancel')).code, 2)
  assert.match((await box.good('migrate cancel --dry-run')).stdout, /takes back change \d+ of people\.age/)
  assert.match((await box.good(`migrate cancel --yes ${box.env}`)).stdout, /↩ change \d+ .* was cancelled/)
  assert.match((await box.good('migrate status')).stdout, /2_age +pending/)
  assert.equal((await box.run('migrate resume 4711')).code, 1)
})

test('a change that fails says why, and goes on when it is resumed', async () => {
  const box = await start([
    { name: 'ada', age: '7' },
    { name: 'bob', age: '07' },
  ])
  await box.first(byServer, 't.integer({ unique: true })')
  const failed = await box.run(box.up)
  assert.equal(failed.code, 1)
  assert.match(failed.stdout, /✗ 2_age has failed/)
  assert.match(failed.stderr, /No two documents may have the same age/)
  assert.match((await box.good('migrate status')).stderr, /No two documents/)
  await box.mend('bob', '8')
  await box.good('migrate resume')
  assert.match((await box.good(box.up)).stdout, /✓ 2_age\n✓ 3_note/)
})

test('a function of the app computes the values; a mended one computes anew what had none', async () => {
  const box = await start([...many, { name: 'q', age: 'forty' }, { name: 'r', age: '1.5' }])
  await box.first(
    `{ using: person => { if (person['age'] === 'forty') throw new Error('cannot read forty'); return Number(person['age']) * 2 } }`,
  )
  const held = await box.run(box.up)
  assert.equal(held.code, 1)
  assert.match(held.stderr, /forty +cannot read forty/)
  assert.match(held.stderr, /→ Mend the function in 2_age/)
  assert.equal(held.stderr.match(/^[0-9a-f-]{36} /gm)!.length, 1)
  box.write(
    '2_age',
    ['1_people'],
    `changeField('people', 'age', t.integer(), { using: async person => person['age'] === 'forty' ? 40 : Number(person['age']) * 2 })`,
  )
  await box.good(box.up)
  const rows = await box.rows()
  assert.deepEqual(
    rows.slice(-3).map(({ age }) => age),
    [1398, 40, 3],
  )
  assert.deepEqual([rows[0]!['age'], rows.length], [0, 702])
})

test('a value of the wrong type is a failure of its document alone', async () => {
  const box = await start([...many.slice(0, 20), { name: 'q', age: 'x' }, { name: 'r', age: 'y' }])
  await box.first(`{ using: person => isNaN(person['age']) ? [person['age']] : Number(person['age']) }`)
  const held = await box.run(`${box.up} --json`)
  assert.equal(held.code, 1)
  assert.equal(held.json<Up>().quarantine!.count, 2)
  await box.mend('q', '5')
  await box.mend('r', '6')
  await box.good(box.up)
  assert.deepEqual(
    (await box.rows()).slice(-2).map(({ age }) => age),
    [5, 6],
  )
})

test('Ctrl-C leaves it to the server and says how to go on; the next run ends it', async () => {
  const box = await start(many)
  await box.first(
    `{ using: person => { if (globalThis.slowly) process.emit('SIGINT'); return Number(person['age']) } }`,
  )
  Object.assign(globalThis, { slowly: true })
  const left = await box.run(box.up)
  Object.assign(globalThis, { slowly: false })
  assert.equal(left.code, 1)
  assert.match(left.stdout, /… 2_age goes on as change/)
  assert.match(left.stderr, /function runs only while it is followed: cloudbox migrate up/)
  assert.match(left.stderr, /migrate status[^]*migrate pause, cloudbox migrate cancel/)
  assert.equal((await box.rows())[7]!['age'], '7')
  assert.match((await box.good(box.up)).stdout, /✓ 2_age\n✓ 3_note/)
  assert.equal((await box.rows())[7]!['age'], 7)
})

test('a migration whose function is missing is refused before anything is done', async () => {
  const box = await start([])
  await box.first(`{ using: { client: true }, online: true }`)
  const refused = await box.run(box.up)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /2_age\.ts:4:\d+ .* stands for a function/)
  assert.match((await box.good('migrate status')).stdout, /2_age +pending/)
})
