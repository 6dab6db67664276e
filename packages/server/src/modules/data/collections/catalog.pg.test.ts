import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { createCatalog } from './catalog.ts'
import { policySet } from './policy-set.ts'
import { changeCollection, createCollection, dropCollection } from './structure.ts'
import { secret, testEnvironment } from '../testing/test-environment.ts'

/** An id from which on nothing was committed when this was asked. */
async function newestCommit(db: Database): Promise<{ xid: bigint }> {
  const [row] = await db.query<{ xid: string }>(
    sql`select pg_snapshot_xmax(pg_current_snapshot())::text as xid`,
  )
  return { xid: BigInt(row!.xid) - 1n }
}

const anonymous: Caller = { kind: 'anonymous' }

test('a change is seen at once; who began before keeps what he had', async t => {
  const { deps, environment } = await testEnvironment(t)
  const { catalog } = deps
  await createCollection(deps, environment, { name: 'lists', fields: {} })
  await createCollection(deps, environment, { name: 'todos', fields: { title: { type: 'text' } } })
  const before = await catalog.collections(environment)
  await changeCollection(deps, environment, 'todos', {
    fields: { list: { type: 'relation', to: 'lists', unique: true } },
    policies: { list: 'doc.title == auth.uid && doc.list != null' },
  })

  const after = await catalog.collections(environment)
  assert.equal(before.get('todos')!.fields.has('list'), false)
  assert.deepEqual([...after.get('todos')!.fields.keys()], ['id', 'createdAt', 'updatedAt', 'title', 'list'])
  assert.deepEqual(after.get('lists')!.incoming, [{ collection: 'todos', field: 'list', unique: true }])
  assert.ok(after.get('todos')!.version > before.get('todos')!.version)

  const policies = policySet(after.get('todos')!, after)
  assert.deepEqual(
    policies.get('list')!.clauses.map(clause => clause.source),
    ['doc.title == auth.uid', 'doc.list != null'],
  )
  assert.equal(policySet(after.get('todos')!, after), policies)

  await dropCollection(deps, environment, 'todos')
  assert.equal((await catalog.collections(environment)).has('todos'), false)
  const again = await createCollection(deps, environment, { name: 'todos', fields: {} })
  assert.ok(again.version > after.get('todos')!.version)
})

test('another process hears of the change by its event, and keeps what did not change', async t => {
  const { db, deps, environment } = await testEnvironment(t)
  const distant = createCatalog(db)
  await createCollection(deps, environment, { name: 'todos', fields: {} })
  await createCollection(deps, environment, { name: 'notes', fields: {} })
  const before = await distant.collections(environment)
  await changeCollection(deps, environment, 'todos', { fields: { title: { type: 'text' } } })
  assert.equal(await distant.collections(environment), before)

  const [listener] = distant.listeners
  assert.equal(listener!.event, 'data.collections-changed')
  await listener!.handle({ environmentId: environment.id, names: ['todos'] } as never, await newestCommit(db))
  const after = await distant.collections(environment)
  assert.ok(after.get('todos')!.fields.has('title'))
  assert.equal(after.get('notes'), before.get('notes'))
})

test('an event that is ahead of its commit does not make the definition of before stay', async t => {
  const { db, deps, environment } = await testEnvironment(t)
  const distant = createCatalog(db)
  await createCollection(deps, environment, { name: 'todos', fields: {} })
  const payload = { environmentId: environment.id, names: ['todos'] } as never
  const [listener] = distant.listeners
  await db.transaction(async tx => {
    const [row] = await tx.query<{ xid: string }>(sql`select pg_current_xact_id()::text as xid`)
    await tx.query(sql`update ${id(environment.schema, 'data_collections')} set version = version + 1000`)
    await listener!.handle(payload, { xid: BigInt(row!.xid) })
    const early = await distant.collections(environment)
    assert.ok(early.get('todos')!.version < 1000)
  })
  const after = await distant.collections(environment)
  assert.ok(after.get('todos')!.version > 1000)
  assert.equal(await distant.collections(environment), after)
})

test('only the secret key is told which names there are', async t => {
  const { deps, environment } = await testEnvironment(t)
  await createCollection(deps, environment, { name: 'todos', fields: {} })
  const hint = (caller: Caller) =>
    deps.catalog.collection(environment, 'todo', caller).then(
      () => assert.fail('it was found'),
      ({ code, hint }) => ({ code, hint }),
    )
  assert.deepEqual(await hint(secret), { code: 'data/unknown-collection', hint: 'Did you mean "todos"?' })
  assert.deepEqual(await hint(anonymous), { code: 'data/unknown-collection', hint: undefined })
})

test('a failed change tells nobody and changes nothing', async t => {
  const { db, deps, environment } = await testEnvironment(t)
  const failing = { ...deps, stream: { publish: () => Promise.reject(new Error('no stream')) } }
  await assert.rejects(createCollection(failing, environment, { name: 'todos', fields: {} }), /no stream/)
  assert.equal((await createCatalog(db).collections(environment)).size, 0)
  await createCollection(deps, environment, { name: 'todos', fields: {} })
})
