import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { ProblemBody } from '@cloudbox/protocol/problem'
import type { SchemaApplied, SchemaPlan, SchemaReply, TrashReply } from '@cloudbox/protocol/schema-replies'
import { startTestServer } from '../../testing/start-test-server.ts'

const server = await startTestServer({ after })

async function ask<T>(method: string, path: string, body?: unknown, status = 200): Promise<T> {
  const answer = await server.request(method, path, body === undefined ? {} : { body })
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  return answer.body as T
}
const refused = (path: string, body: unknown, status: number) => ask<ProblemBody>('POST', path, body, status)
const places = ({ errors }: ProblemBody) => errors!.map(({ at }) => at)

const todos: CollectionDefinition = {
  name: 'todos',
  fields: { title: { type: 'text', required: true }, owner: { type: 'relation', to: 'users' } },
  policies: { list: 'doc.owner == auth.uid' },
}
const tags: CollectionDefinition = { name: 'tags', fields: { name: { type: 'text' } } }

test('a structure is planned, applied and shown; doing it again is nothing', async () => {
  const empty = await ask<SchemaReply>('GET', '/schema')
  assert.deepEqual([empty.isDev, empty.collections.map(({ name }) => name)], [true, ['users']])
  const body = { collections: [...empty.collections, todos, tags] }

  const plan = await ask<SchemaPlan>('POST', '/schema/plan', { ...body, rehearse: true })
  assert.deepEqual(
    plan.operations.map(operation => operation.do),
    ['create-collection', 'create-collection'],
  )
  assert.equal(plan.rehearsal!.steps.length, 2)
  assert.equal(plan.rehearsal!.failure, undefined)

  const applied = await ask<SchemaApplied>('POST', '/schema/apply', { ...body, versions: plan.versions })
  assert.deepEqual(
    applied.steps.map(({ sentence }) => sentence),
    plan.steps.map(({ sentence }) => sentence),
  )
  const now = await ask<SchemaReply>('GET', '/schema')
  assert.deepEqual(now.collections.map(({ name }) => name).toSorted(), ['tags', 'todos', 'users'])
  assert.deepEqual(
    now.collections.find(({ name }) => name === 'todos'),
    todos,
  )

  assert.deepEqual(await ask('POST', '/schema/apply', body), { plan: null, steps: [] })
  const stale = await refused('/schema/apply', { collections: [], versions: plan.versions }, 409)
  assert.equal(stale.code, 'data/structure-changed')
})

test('what was applied is taken back with its values', async () => {
  const now = await ask<SchemaReply>('GET', '/schema')
  const notes = (fields: CollectionDefinition['fields']) => ({
    collections: [...now.collections, { name: 'notes', fields }],
  })
  await ask('POST', '/schema/apply', notes({ text: { type: 'text' }, pages: { type: 'integer' } }))
  await ask('POST', '/data/notes', { text: 'kept', pages: 3 }, 201)
  const { plan } = await ask<SchemaApplied>('POST', '/schema/apply', notes({ text: { type: 'text' } }))
  const undone = await ask<SchemaApplied>('POST', `/schema/plans/${plan}/undo`)
  assert.deepEqual(
    undone.steps.map(({ kind, field }) => [kind, field]),
    [['add-field', 'pages']],
  )
  const [note] = await ask<{ pages: number }[]>('GET', '/data/notes?select=pages')
  assert.equal(note!.pages, 3)
  assert.equal((await refused(`/schema/plans/${plan}/undo`, undefined, 409)).code, 'data/cannot-undo')

  const operations = [{ do: 'add-field', collection: 'notes', field: 'mood', definition: { type: 'text' } }]
  const migrated = await ask<{ applied: { plans: string[] }[] }>('POST', '/schema/migrations', {
    migrations: [{ name: '1_mood', parents: [], operations }],
  })
  const [own] = migrated.applied[0]!.plans
  const refusal = await refused(`/schema/plans/${own}/undo`, undefined, 409)
  assert.match(refusal.detail, /belongs to the migration 1_mood/)
  await ask('POST', '/schema/migrations/down', { count: 1 })
  await ask('POST', '/schema/apply', { collections: now.collections })
})

test('all mistakes of a structure are told at once, each from its collection down', async () => {
  const wrong = {
    collections: [
      { ...todos, policies: { list: 'doc.ownr == auth.uid', get: 'db.tag.exists(t, true)' } },
      { ...tags, fields: { of: { type: 'relation', to: 'todo' } }, indexes: [{ fields: ['nam'] }] },
      { name: 'users', fields: { email: { type: 'integer' } } },
      tags,
    ],
  }
  for (const path of ['/schema/plan', '/schema/apply']) {
    const problem = await refused(path, wrong, 422)
    assert.deepEqual(
      new Set(places(problem).map(at => at.replace(/\[.*/, ''))),
      new Set(['/tags', '/todos/policies/list', '/todos/policies/get', '/users/fields/email']),
    )
    assert.match(problem.errors!.find(({ at }) => at.startsWith('/todos/policies/list'))!.hint!, /owner/)
  }
})

test('relations that need each other in a circle are refused', async () => {
  const relation = (to: string) => ({ it: { type: 'relation', to, required: true } })
  const circle = {
    collections: [
      todos,
      tags,
      { name: 'boxes', fields: relation('folders') },
      { name: 'folders', fields: relation('boxes') },
    ],
  }
  const problem = await refused('/schema/plan', circle, 422)
  assert.equal(problem.code, 'schema/required-circle')
  assert.match(problem.detail!, /boxes\.it → folders\.it → boxes\.it/)
  assert.deepEqual(places(problem), ['/boxes/fields/it/required', '/folders/fields/it/required'])
})

test('values that cannot be cast are not emptied, those that do not fit are counted, and nothing is changed', async () => {
  await ask('POST', '/data/tags', { name: 'urgent' }, 201)
  const withName = (definition: object) => ({
    collections: [todos, { ...tags, fields: { name: definition } }],
  })
  const before = await ask('GET', '/schema')
  const lost = await refused('/schema/apply', withName({ type: 'geopoint' }), 409)
  assert.equal(lost.code, 'schema/values-lost')
  assert.deepEqual(places(lost), ['/tags/fields/name/type'])
  assert.match(lost.detail!, /tags\.name: 1 document has a value/)
  const unfit = await refused('/schema/apply', withName({ type: 'integer' }), 409)
  assert.equal(unfit.code, 'data/data-does-not-fit')
  assert.match(unfit.detail!, /1 document does not fit/)
  assert.deepEqual(await ask('GET', '/schema'), before)
  const using = { 'tags.name': { cel: 'size(doc.name)' } }
  await ask('POST', '/schema/apply', { ...withName({ type: 'integer' }), using })
  assert.deepEqual(
    (await ask<{ name: number }[]>('GET', '/data/tags')).map(({ name }) => name),
    ['urgent'.length],
  )
  // Where there is nothing to lose it is done.
  await ask('POST', '/schema/apply', {
    collections: [{ ...todos, fields: { ...todos.fields, title: { type: 'geopoint' } } }, tags],
  })
})

test('what is dropped is in the trash', async () => {
  await ask('POST', '/schema/apply', { collections: [todos] })
  const { items } = await ask<TrashReply>('GET', '/schema/trash')
  assert.deepEqual(
    items.slice(0, 1).map(({ kind, collection }) => [kind, collection]),
    [['collection', 'tags']],
  )
})

test('renames keep values', async () => {
  await ask('POST', '/schema/apply', { collections: [todos, tags] })
  await ask('POST', '/data/tags', { name: 'kept' }, 201)
  const labels = { name: 'labels', fields: { text: { type: 'text' } } }
  const renames = { collections: { tags: 'labels' }, fields: { labels: { name: 'text' } } }
  const { steps } = await ask<SchemaApplied>('POST', '/schema/apply', {
    collections: [todos, labels],
    renames,
  })
  assert.ok(steps.every(({ isDestructive }) => !isDestructive))
  const labelled = await ask<{ text: string }[]>('GET', '/data/labels')
  assert.deepEqual(
    labelled.map(({ text }) => text),
    ['kept'],
  )
  const wrong = await refused('/schema/plan', { collections: [todos], renames }, 422)
  assert.equal(wrong.code, 'data/invalid-plan')
})
