import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operations, type CollectionDefinition } from '@cloudbox/protocol/collection'
import { policyTemplates } from '../policy-templates.ts'
import { checkPolicy, placeOf } from './check-policy.ts'
import { completePolicy } from './complete-policy.ts'
import { scopeOf, tableOf } from './policy-scope.ts'
import { compiledSql, tryAs } from './try-as.ts'

const todos: CollectionDefinition = {
  name: 'todos',
  fields: {
    title: { type: 'text' },
    owner: { type: 'text' },
    done: { type: 'boolean' },
    team: { type: 'relation', to: 'teams' },
    tags: { type: 'text', list: true },
  },
}
const members: CollectionDefinition = {
  name: 'members',
  fields: { team: { type: 'relation', to: 'teams' }, user: { type: 'text' } },
}
const all = [todos, members]
const list = scopeOf('list', todos, all)

test('a mistake is told at its place, also behind letters of two units', () => {
  const text = '"😀" == doc.titel'
  const { checked, mistakes } = checkPolicy(text, list)
  assert.equal(checked, undefined)
  const [mistake] = mistakes
  assert.equal(text.slice(mistake!.from, mistake!.to), 'titel')
  assert.equal(mistake!.hint, "did you mean 'title'?")
  assert.equal(placeOf('a\nbc', 3), 'line 2, column 2')
})

test('closed, public and unnamed', () => {
  assert.deepEqual(checkPolicy(' ', list), { checked: undefined, mistakes: [] })
  assert.match(checkPolicy('true', list).mistakes[0]!.hint!, /public\("reason"\)/)
  assert.deepEqual(checkPolicy('public("all")', list).mistakes, [])
})

test('every template is right for a collection with its fields', () => {
  for (const { policies, fields = {} } of policyTemplates)
    for (const operation of operations) {
      const scope = scopeOf(operation, { name: 'a', fields }, [])
      assert.deepEqual(checkPolicy(policies[operation] ?? '', scope).mistakes, [], operation)
    }
})

const labels = (before: string, scope = list) =>
  completePolicy(before, scope)?.options.map(({ label }) => label)

test('completion knows fields, collections and the rows of look-ups', () => {
  assert.deepEqual(labels('doc.')!.slice(0, 4), ['id', 'createdAt', 'updatedAt', 'title'])
  assert.equal(completePolicy('doc.ti', list)!.from, 4)
  assert.deepEqual(labels('db.'), ['todos', 'members'])
  assert.deepEqual(labels('db.members.'), ['exists'])
  assert.ok(labels('db.members.exists(m, m.')!.includes('user'))
  assert.ok(labels('db.members.exists(m, ')!.includes('m'))
  assert.ok(labels('doc.title.')!.includes('startsWith'))
  assert.ok(!labels('')!.includes('next'))
  assert.ok(labels('', scopeOf('create', todos, all))!.includes('next'))
  assert.equal(labels('doc.title == "auth.'), undefined)
  assert.equal(labels('true // auth.'), undefined)
})

const documents = [
  { id: '00000000-0000-4000-8000-000000000001', owner: 'ada', done: false, team: null },
  {
    id: '00000000-0000-4000-8000-000000000002',
    owner: 'bea',
    done: false,
    team: '00000000-0000-4000-8000-0000000000aa',
  },
  { id: '00000000-0000-4000-8000-000000000003', owner: 'ada', done: true, team: null },
  { id: '00000000-0000-4000-8000-000000000004', owner: null, done: null, team: null },
]
const trial = (text: string, uid?: string) => ({
  operation: 'list' as const,
  checked: checkPolicy(text, list).checked!,
  table: tableOf(todos),
  auth: uid === undefined ? undefined : { uid, claims: { role: 'x' } },
  nowMs: Date.UTC(2026, 0, 1),
})
const read = async () => [{ id: '1', team: '00000000-0000-4000-8000-0000000000aa', user: 'ada' }]

test('says of each document whether it is seen, and which clause hides it', async () => {
  const judged = await tryAs(trial('doc.owner == auth.uid && doc.done == false', 'ada'), documents, read)
  assert.deepEqual(
    judged.map(({ isAllowed }) => isAllowed),
    [true, false, false, false],
  )
  assert.deepEqual(
    judged.map(({ clauses }) => clauses.map(({ verdict }) => verdict)),
    [
      ['true', 'true'],
      ['false', 'true'],
      ['true', 'false'],
      ['unknown', 'unknown'],
    ],
  )
  const anonymous = await tryAs(trial('doc.owner == auth.uid'), documents, read)
  assert.ok(anonymous.every(({ isAllowed }) => isAllowed === false))
})

test('looks into other collections', async () => {
  const text = 'db.members.exists(m, m.team == doc.team && m.user == auth.uid)'
  const seen = async (uid: string) =>
    (await tryAs(trial(text, uid), documents, read)).map(({ isAllowed }) => isAllowed)
  assert.deepEqual(await seen('ada'), [false, true, false, false])
  assert.deepEqual(await seen('bea'), [false, false, false, false])
})

test('what only the database can tell is not guessed', async () => {
  const text = 'db.members.exists(m, m.team == doc.team && m.user == doc.owner)'
  const [first] = await tryAs(trial(text, 'ada'), documents, read)
  assert.equal(first!.isAllowed, undefined)
  assert.equal(first!.clauses[0]!.verdict, 'database')
})

test('shows the condition with the values of the caller', () => {
  const { text, values } = compiledSql(trial('doc.owner == auth.uid', 'ada'))
  assert.match(text, /doc\."owner"/)
  assert.deepEqual(values, ['ada'])
})
