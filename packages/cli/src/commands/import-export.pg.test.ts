import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { raw } from '@cloudbox/server/kernel/sql'
import { cloudbox } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
const box = cloudbox({ after }, server.url)
const environment = {
  CLOUDBOX_ENVIRONMENT_URL: server.environmentUrl,
  CLOUDBOX_SECRET_KEY: server.secretKey,
}
const run = (line: string | readonly string[]) => box(line, { environment })
const at = (name: string) => join(box.folder, name)
const write = (name: string, text: string) => writeFileSync(at(name), text)
const rowsOf = async (collection: string, query = 'order=id') =>
  (await server.request('GET', `/data/${collection}?${query}`)).body as Record<string, unknown>[]
const define = async (name: string) => {
  const { status } = await server.request('POST', '/data/$collections', {
    body: {
      name,
      fields: {
        name: { type: 'text', required: true },
        email: { type: 'email', unique: true },
        age: { type: 'integer', min: 0 },
        tags: { type: 'text', list: true },
        twice: { type: 'integer', computed: 'doc.age * 2' },
      },
    },
  })
  assert.equal(status, 201)
}

test('CSV is imported: columns are renamed, what is refused is told with line and field', async () => {
  await define('people')
  write(
    'people.csv',
    [
      'Full name;email;age;tags;notes',
      'Ada;ada@example.com;36;"[""a"",""b""]";x',
      '"Bob\nSmith";bob@example.com;-1;;x',
      ';nobody@example.com;1;;x',
      'Eve;ada@example.com;5;;x',
      'Max;max@example.com;many;;x',
      'Zoe;;;"[""c""]";x',
    ].join('\r\n'),
  )
  const unknown = await run('import people.csv')
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /people has no field Full name, notes/)
  const line = ['import', 'people.csv', '--map', 'Full name=name', '--map', 'notes=']
  const dry = await run([...line, '--dry-run', '--json'])
  assert.equal(dry.json()['imported'], 6)
  assert.deepEqual(await rowsOf('people'), [])
  const { code, stdout } = await run([...line, '--json'])
  assert.equal(code, 1)
  const { imported, refused, errors } = JSON.parse(stdout) as Record<string, unknown>
  assert.deepEqual([imported, refused, errors], [2, 4, 'people.csv.errors.jsonl'])
  const told = readFileSync(at('people.csv.errors.jsonl'), 'utf8').trim().split('\n')
  const places = told.map(one => JSON.parse(one) as { line: number; field?: string })
  assert.deepEqual(
    places.map(({ line: at, field }) => [at, field]),
    [
      [3, 'age'],
      [5, 'name'],
      [6, undefined],
      [7, 'age'],
    ],
  )
})

test('documents go out and come back in every format', async () => {
  await define('first')
  const body = Array.from({ length: 1200 }, (_, i) => ({
    name: `Name "${i}", ä\n`,
    email: `p${i}@example.com`,
    ...(i % 2 === 0 ? { age: i, tags: ['x', `y ${i}`] } : {}),
  }))
  for (const part of [body.slice(0, 1000), body.slice(1000)])
    assert.equal((await server.request('POST', '/data/first', { body: part })).status, 201)
  const plain = (rows: Record<string, unknown>[]) =>
    rows.map(({ createdAt: _c, updatedAt: _u, ...rest }) => rest)
  const all = await rowsOf('first', 'order=id&limit=1000')
  for (const format of ['jsonl', 'json', 'csv']) {
    const { code, stderr } = await run(`export first --out first.${format}`)
    assert.equal(code, 0, stderr)
    await define(`copy_${format}`)
    const back = await run(`import first.${format} --into copy_${format} --json`)
    assert.equal(back.code, 0, back.stdout)
    assert.equal(back.json()['imported'], 1200)
    const copied = await rowsOf(`copy_${format}`, 'order=id&limit=1000')
    assert.deepEqual(plain(copied), plain(all))
  }
  const sqlText = await run('export first --format sql')
  await define('copy_sql')
  await server.db.transaction(tx =>
    tx.script(sqlText.stdout.replaceAll('insert into "first"', 'insert into test__dev.copy_sql')),
  )
  assert.deepEqual(await rowsOf('copy_sql', 'order=id&limit=1000'), all)
  const whole = await run('export --all --out backup --json')
  assert.equal(whole.json<{ collections: Record<string, number> }>().collections['first'], 1200)
  assert.ok(existsSync(at('backup/schema.json')))
})

test('--upsert changes what is there', async () => {
  await define('members')
  write('members.jsonl', '{"name":"A","email":"a@example.com"}\n{"name":"B","email":"b@example.com"}\n')
  assert.equal((await run('import members.jsonl')).code, 0)
  write('members.jsonl', '{"name":"A2","email":"a@example.com"}\n{"name":"C","email":"c@example.com"}\n')
  assert.equal((await run('import members.jsonl --upsert email')).code, 0)
  assert.deepEqual(
    (await rowsOf('members', 'order=email')).map(({ name }) => name),
    ['A2', 'B', 'C'],
  )
})

test('an import that was killed goes on, and nothing is there twice', async () => {
  await define('many')
  const count = 20_000
  write(
    'many.csv',
    `name,age\n${Array.from({ length: count }, (_, i) => (i % 5000 === 77 ? `bad ${i},-1` : `n${i},${i}`)).join('\n')}\n`,
  )
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  for (let kills = 0; kills < 3; kills++) {
    const args = [main, 'import', 'many.csv', ...(kills === 0 ? [] : ['--resume'])]
    const before = placeOf()
    const child = spawn(process.execPath, args, {
      cwd: box.folder,
      env: { ...process.env, ...environment, XDG_CONFIG_HOME: box.folder },
      stdio: 'ignore',
    })
    while (placeOf() === before && child.exitCode === null) await delay(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  assert.ok(existsSync(at('many.csv.import.json')), 'it was killed before it was done')
  const again = await run('import many.csv')
  assert.match(again.stderr, /interrupted after \d+ rows[\s\S]*--resume/)
  const { code, stdout } = await run('import many.csv --resume --json')
  assert.equal(code, 1, 'some rows were refused')
  const { imported, refused } = JSON.parse(stdout) as Record<string, number>
  assert.deepEqual([imported, refused], [count - 4, 4])
  const [row] = await server.db.query<{ rows: number; names: number }>(
    raw('select count(*)::int as rows, count(distinct name)::int as names from test__dev.many'),
  )
  assert.deepEqual(row, { rows: count - 4, names: count - 4 })
  assert.equal(readFileSync(at('many.csv.errors.jsonl'), 'utf8').trim().split('\n').length, 4)
  assert.equal(existsSync(at('many.csv.import.json')), false)

  const out = await run('export many --out many.jsonl')
  assert.equal(out.code, 0)
  const whole = readFileSync(at('many.jsonl'), 'utf8')
  // As it is when the process is killed: more is written than was noted.
  const lines = whole.split('\n')
  const noted = `${lines.slice(0, 5000).join('\n')}\n`
  write('many.jsonl', whole.slice(0, noted.length + 1234))
  const lastId = (JSON.parse(lines[4999]!) as { id: string }).id
  const state = { environment: server.environmentUrl, bytes: Buffer.byteLength(noted), rows: 5000, lastId }
  write('many.jsonl.export.json', JSON.stringify(state))
  assert.equal((await run('export many --out many.jsonl --resume')).code, 0)
  assert.equal(readFileSync(at('many.jsonl'), 'utf8'), whole)
  assert.equal((await run('export many --out many.jsonl --resume')).code, 2)

  function placeOf(): number | undefined {
    try {
      return (JSON.parse(readFileSync(at('many.csv.import.json'), 'utf8')) as { place: { offset: number } })
        .place.offset
    } catch {
      return undefined
    }
  }
})

test('what makes no sense is told', async () => {
  for (const [line, said] of [
    ['import gone.csv --into people', /no file gone\.csv/],
    ['import people.xml --into people', /no format that can be read/],
    ['import people.csv --into nobody', /nobody/],
    ['import members.jsonl --format xml', /no format xml/],
    ['import members.jsonl --map name', /--map name says nothing/],
    ['import members.jsonl --resume', /No import of members\.jsonl was interrupted/],
    ['export', /Which collection/],
    ['export --all', /--out is missing/],
    ['export nobody', /nobody/],
  ] as const) {
    const { code, stderr, stdout } = await run(line)
    assert.notEqual(code, 0, line)
    assert.match(stderr, said, line)
    assert.equal(stdout, '', line)
  }
})
