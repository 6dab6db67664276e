import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { raw } from '../../../kernel/sql.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { join, setUpOwner } from '../../../testing/management.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
const path = '/organisations/acme/audit'

interface Entry {
  number: number
  action: string
  place: string
  subject: string
  actor: { kind: string; name: string }
  before: unknown
  after: unknown
  requestId: string | null
  ip: string | null
}
interface Verdict {
  isWhole: boolean
  entries: number
  head: { number: number; hash: string }
  faults: { number: number; fault: string }[]
}

const read = async (query = '') =>
  (await owner.ask('GET', `${path}${query}`)).body as { entries: Entry[]; next: number | null }
const verify = async (query = '') => (await owner.ask('GET', `${path}/verify${query}`)).body as Verdict

await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', '/projects/shop/environments', { name: 'live' })
await owner.ask('PUT', '/projects/shop/environments/live/secrets/STRIPE_KEY', { value: 'sk_live_1' })
await join(server, owner, 'acme', 'vera@example.com', 'viewer')

test('an entry tells who did what where, in which request, and no secret', async () => {
  const { entries } = await read()
  const set = entries.find(({ action }) => action === 'secret.set')!
  assert.equal(set.place, 'projects/shop/environments/live')
  assert.equal(set.subject, 'STRIPE_KEY')
  assert.deepEqual(set.actor, { kind: 'operator', id: owner.id, name: owner.email })
  assert.deepEqual([set.before, set.after], [null, { value: '•••' }])
  assert.match(set.requestId!, /^[0-9a-f]{8}-/)
  assert.equal(set.ip, '127.0.0.1')
  assert.deepEqual(
    entries.map(({ action }) => action).filter(action => !action.startsWith('key.')),
    [
      'member.joined',
      'member.invited',
      'secret.set',
      'environment.created',
      'project.created',
      'organisation.created',
      'installation.set-up',
      'key.created',
      'key.created',
    ].filter(action => !action.startsWith('key.')),
  )
})

test('entries are searched, filtered, paged and exported', async () => {
  assert.deepEqual(
    (await read('?action=member.*')).entries.map(({ action }) => action),
    ['member.joined', 'member.invited'],
  )
  assert.equal((await read('?search=stripe')).entries.length, 1)
  assert.ok(
    (await read('?place=projects/shop')).entries.every(({ place }) => place.startsWith('projects/shop')),
  )
  assert.equal((await read(`?actor=vera@example.com`)).entries.length, 1)
  assert.equal((await read(`?until=2020-01-01T00:00:00Z`)).entries.length, 0)
  const all = (await read()).entries
  const pages: Entry[] = []
  for (let after = ''; ;) {
    const page = await read(`?limit=2${after}`)
    pages.push(...page.entries)
    if (page.next === null) break
    after = `&after=${page.next}`
  }
  assert.deepEqual(pages, all)
  const lines = (await owner.ask('GET', `${path}/export`)).body as string
  assert.equal(lines.trim().split('\n').length, all.length)
  const csv = (await owner.ask('GET', `${path}/export?format=csv`)).body as string
  assert.equal(csv.trim().split('\r\n').length, all.length + 1)
})

test('the organisation says how much of addresses is kept', async () => {
  await owner.ask('PATCH', '/organisations/acme', { settings: { auditIp: 'none' } })
  await owner.ask('PATCH', '/organisations/acme', { title: 'Acme' })
  assert.equal((await read('?limit=1')).entries[0]!.ip, null)
  await owner.ask('PATCH', '/organisations/acme', { settings: { auditIp: 'cut' } })
  await owner.ask('PATCH', '/organisations/acme', { title: 'Acme Inc' })
  assert.equal((await read('?limit=1')).entries[0]!.ip, '127.0.0.0')
})

test('entries cannot be changed or removed in SQL', async () => {
  for (const statement of [
    `update cloudbox.platform_audit set actor_name = 'eve'`,
    'delete from cloudbox.platform_audit',
    'truncate cloudbox.platform_audit',
  ])
    await assert.rejects(server.db.query(raw(statement)), /never changed/)
})

test('whoever gets around that is found: an edit, a gap, a swap, a cut, an addition', async () => {
  const whole = await verify()
  assert.equal(whole.isWhole, true)
  assert.equal(whole.entries, whole.head.number)
  const id = `(select id from cloudbox.platform_organisations where name = 'acme')`
  const restore = (statement: string) => server.db.query(raw(statement))
  const copy = async () => {
    await restore('drop table if exists cloudbox.kept_audit')
    await restore('create table cloudbox.kept_audit (like cloudbox.platform_audit including all)')
    await restore('insert into cloudbox.kept_audit select * from cloudbox.platform_audit')
    await restore('drop table if exists cloudbox.kept_chains')
    await restore('create table cloudbox.kept_chains (like cloudbox.platform_audit_chains including all)')
    await restore('insert into cloudbox.kept_chains select * from cloudbox.platform_audit_chains')
  }
  await copy()
  const tamper = async (statements: string, query = '') => {
    await server.db.transaction(tx =>
      tx.script(
        `alter table cloudbox.platform_audit disable trigger user; ${statements.replaceAll('ID', id)}`,
      ),
    )
    const found = await verify(query)
    await server.db.transaction(tx =>
      tx.script(`
        delete from cloudbox.platform_audit; insert into cloudbox.platform_audit select * from cloudbox.kept_audit;
        delete from cloudbox.platform_audit_chains;
        insert into cloudbox.platform_audit_chains select * from cloudbox.kept_chains;
        alter table cloudbox.platform_audit enable trigger user`),
    )
    assert.equal((await verify()).isWhole, true)
    return found.faults.map(({ number, fault }) => `${fault} ${number}`)
  }
  const last = whole.head.number
  const table = 'cloudbox.platform_audit'
  assert.deepEqual(
    await tamper(`update ${table} set actor_name = 'eve' where organisation_id = ID and number = 3`),
    ['changed 3'],
  )
  assert.deepEqual(
    await tamper(
      `update ${table} set at = at + interval '1 second' where organisation_id = ID and number = 3`,
    ),
    ['changed 3'],
  )
  assert.deepEqual(await tamper(`delete from ${table} where organisation_id = ID and number = 4`), [
    'missing 4',
  ])
  assert.deepEqual(
    await tamper(`
      update ${table} set number = -1 where organisation_id = ID and number = 3;
      update ${table} set number = 3 where organisation_id = ID and number = 4;
      update ${table} set number = 4 where organisation_id = ID and number = -1`),
    ['changed 3', 'changed 4', 'changed 5'],
  )
  assert.deepEqual(await tamper(`delete from ${table} where organisation_id = ID and number = ${last}`), [
    `missing ${last}`,
  ])
  const added = await tamper(`
    insert into ${table} select organisation_id, ${last + 1}, at, actor_kind, actor_id, actor_name, action, place,
      subject, before, after, request_id, ip, hash from ${table} where organisation_id = ID and number = ${last}`)
  assert.ok(added.includes(`changed ${last + 1}`) && added.includes(`unexpected ${last + 1}`))
  // A cut that takes the end of the chain along is found by whoever kept the end.
  const cut = `
    delete from ${table} where organisation_id = ID and number = ${last};
    update cloudbox.platform_audit_chains set number = ${last - 1},
      hash = (select hash from ${table} where organisation_id = ID and number = ${last - 1}) where organisation_id = ID`
  assert.deepEqual(await tamper(cut), [])
  assert.deepEqual(await tamper(cut, `?number=${last}&hash=${whole.head.hash}`), [`missing ${last}`])
})

test('old entries go in order, and the rest is whole', async () => {
  const { removeOldEntries } = await import('./remove-old.ts')
  const [{ id } = { id: '' }] = await server.db.query<{ id: string }>(
    raw(`select id from cloudbox.platform_organisations where name = 'acme'`),
  )
  const before = await verify()
  await server.db.transaction(tx =>
    tx.script(`
      alter table cloudbox.platform_audit disable trigger user;
      update cloudbox.platform_audit set at = now() - interval '40 days' where organisation_id = '${id}' and number = 3;
      alter table cloudbox.platform_audit enable trigger user`),
  )
  assert.equal(await removeOldEntries(server.db, id, 30), 3)
  const rest = await verify()
  assert.equal(rest.isWhole, true)
  assert.equal(rest.entries, before.entries - 3)
})
