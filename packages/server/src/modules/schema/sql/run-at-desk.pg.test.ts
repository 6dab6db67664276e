import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ProblemBody } from '@cloudbox/protocol/problem'
import type { SqlBody, SqlReply } from '@cloudbox/protocol/schema-sql'
import { migrationServer } from '../testing/migration-server.ts'

const box = await migrationServer({ after })

before(async () => {
  const collections = [{ name: 'notes', fields: { title: { type: 'text' }, size: { type: 'integer' } } }]
  await box.ask('POST', '/schema/apply', { collections })
  await box.run(`insert into @notes (title, size) select 'note ' || n, n from generate_series(1, 300) n`)
})

const ask = async (text: string, options: Omit<SqlBody, 'text'> = {}) => {
  const { status, body } = await box.request('POST', '/schema/sql', { body: { text, ...options } })
  return { status, reply: body as SqlReply, problem: body as ProblemBody }
}
const run = async (text: string, options: Omit<SqlBody, 'text'> = {}) => {
  const { status, reply } = await ask(text, options)
  assert.equal(status, 200, JSON.stringify(reply))
  return reply
}
const refused = async (text: string, options: Omit<SqlBody, 'text'> = {}) => {
  const { status, problem } = await ask(text, options)
  assert.ok(status >= 400 && status !== 500, `${text}: ${status} ${JSON.stringify(problem)}`)
  return problem
}

test('a query answers columns with their types, and values as Postgres writes them', async () => {
  const { columns, rows, command, count, isCut } = await run(
    `select 1 as a, 'x'::text as a, null::date as day, array[1, 2] as list, true as yes`,
  )
  assert.deepEqual(columns, [
    { name: 'a', type: 'integer' },
    { name: 'a', type: 'text' },
    { name: 'day', type: 'date' },
    { name: 'list', type: 'integer[]' },
    { name: 'yes', type: 'boolean' },
  ])
  assert.deepEqual(rows, [['1', 'x', null, '{1,2}', 't']])
  assert.deepEqual([command, count, isCut], ['SELECT', 1, false])
})

test('documents are seen past policies, as many as were asked for', async () => {
  const cut = await run('-- all of them\nselect title from notes order by size', { limit: 250 })
  assert.deepEqual([cut.rows.length, cut.isCut, cut.rows[249]], [250, true, ['note 250']])
  const whole = await run('select title from notes', { limit: 300 })
  assert.deepEqual([whole.rows.length, whole.isCut], [300, false])
  assert.deepEqual((await run('select title from notes where false')).rows, [])
})

test('nothing is written unless that was said, and then it is', async () => {
  const problem = await refused(`update notes set size = 0`)
  assert.equal(problem.code, 'schema/sql-refused')
  assert.equal(problem.hint, 'Say that it may write.')
  await refused(`with gone as (delete from notes returning id) select count(*) from gone`)
  const write = { write: true }
  const changed = await run(`update notes set size = 1000 where title = 'note 1'`, write)
  assert.deepEqual([changed.command, changed.count], ['UPDATE', 1])
  const moved = await run(
    `with gone as (delete from notes where size = 2 returning title) select * from gone`,
    write,
  )
  assert.deepEqual(moved.rows, [['note 2']])
  assert.deepEqual(await box.run('select count(*)::int as n from @notes'), [{ n: 299 }])
})

test('a mistake is told with its place, and leaves nothing', async () => {
  const problem = await refused(`select title,\n  sise from notes`)
  assert.match(problem.detail, /^line 2: column "sise" does not exist/)
  assert.deepEqual(
    problem.errors?.map(({ at }) => at),
    ['/text[16]'],
  )
  assert.match((await refused('selct 1')).detail, /^line 1: syntax error/)
  await refused('select 1; drop table notes', { write: true })
  await refused('insert into notes (title) values (1), (2/0)', { write: true })
  assert.deepEqual(await box.run(`select from @notes where title = '1'`), [])
})

test('it reaches nothing but the documents of its environment', async () => {
  for (const text of [
    'select * from cloudbox.platform_keys',
    'select * from auth_users',
    'select * from auth_sessions',
    'select * from data_collections',
    'set role postgres',
    'set session authorization postgres',
    `select pg_read_file('/etc/passwd')`,
    `copy notes to program 'id'`,
    'alter table notes add column x int',
    'drop table notes',
    'create role eve',
  ])
    await refused(text, { write: true })
})

test('what ends the transaction is of no use', async () => {
  await ask('commit')
  await ask('set session characteristics as transaction read write')
  await refused(`select set_config('transaction_read_only', 'off', true)`)
  await refused('delete from notes')
})

test('a plan is told, and measured without a trace', async () => {
  const { plan } = await run('select * from notes where size = 7', { explain: 'plan' })
  assert.equal(typeof (plan as { Plan: object }[])[0]!.Plan, 'object')
  const text = `delete from notes`
  await refused(text, { explain: 'analyze' })
  const measured = await run(text, { explain: 'analyze', write: true })
  assert.equal(typeof (measured.plan as { 'Execution Time': number }[])[0]!['Execution Time'], 'number')
  assert.deepEqual(await box.run('select count(*)::int as n from @notes'), [{ n: 299 }])
})

test('what takes too long is ended', async () => {
  assert.equal((await refused('select pg_sleep(30)', { timeoutMs: 100 })).code, 'data/too-slow')
})

test('two at once find that there is no role yet, and one makes it', async () => {
  await box.db.query({ text: `alter role "${box.environment.role}_desk" nologin`, values: [] })
  const answers = await Promise.all([run('select 1'), run('select 2'), run('select 3')])
  assert.deepEqual(
    answers.map(({ rows }) => rows[0]![0]),
    ['1', '2', '3'],
  )
})

test('who may not read documents runs no SQL', async () => {
  const { body } = await box.request('POST', '/schema/sql', {
    body: { text: 'select 1' },
    headers: { apikey: box.publishableKey },
  })
  assert.equal((body as ProblemBody).code, 'platform/secret-key-needed')
})
