import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { NoticeKind } from '@cloudbox/protocol/alerts'
import type { Tx } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { uuidV7 } from '../../../lib/uuid-v7.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { silentLog } from '../../../testing/test-cluster.ts'
import { leaseNotices } from './lease-notices.ts'
import { mostOfChannel, mostOfEnvironment, Places } from './places.ts'
import { giveUpWaiting, writeNotices } from './write-notices.ts'

const server = await startTestServer({ after }, { log: silentLog })

/** What is done in it nobody else sees, and is undone. */
async function unseen(work: (tx: Tx) => Promise<void>): Promise<void> {
  const over = new Error('over')
  await assert.rejects(
    server.db.transaction(async tx => {
      await work(tx)
      throw over
    }),
    over,
  )
}

async function addIncident(tx: Tx, environmentId: string): Promise<string> {
  const [row] = await tx.query<{ id: string }>(sql`
    insert into cloudbox.alerts_incidents (environment_id, rule_id, name, condition, severity, began_at, fired_at, peak)
    values (${environmentId}, 'r', 'R', '{}', 'page', now(), now(), 1) returning id::text as id`)
  return row!.id
}

async function addChannel(tx: Tx, environmentId: string, isTroubled = false): Promise<string> {
  const id = uuidV7()
  await tx.query(sql`
    insert into cloudbox.alerts_channels (id, environment_id, kind, name, address, sealed, origin, is_on, failed_at)
    values (${id}, ${environmentId}, 'webhook', 'c', 'a', '', '', true, case when ${isTroubled} then now() end)`)
  return id
}

/** One that has been due for so many seconds. */
async function addNotice(
  tx: Tx,
  environmentId: string,
  channelId: string,
  dueSeconds: number,
  kind: NoticeKind = 'fired',
): Promise<string> {
  const [id, incident] = [uuidV7(), await addIncident(tx, environmentId)]
  await tx.query(sql`
    insert into cloudbox.alerts_notices (id, environment_id, incident_id, channel_id, kind, state, at, due_at)
    values (${id}, ${environmentId}, ${incident}::bigint, ${channelId}, ${kind}, 'waiting',
      now() - ${dueSeconds}::int * interval '1 s', now() - ${dueSeconds}::int * interval '1 s')`)
  return id
}

test('who has much to send leaves room for everybody else, however long it has been due', () =>
  unseen(async tx => {
    const [many, few] = [uuidV7(), uuidV7()]
    for (let i = 0; i < 12; i++) {
      const channel = await addChannel(tx, many)
      for (let n = 0; n < 5; n++) await addNotice(tx, many, channel, 100 + i)
    }
    const prompt = await addNotice(tx, few, await addChannel(tx, few), 1)
    const places = new Places()
    const first = await leaseNotices(tx, places)
    for (const notice of first) places.take(notice)
    assert.ok(first.some(({ id }) => id === prompt))
    const ofMany = first.filter(({ environmentId }) => environmentId === many)
    assert.equal(ofMany.length, mostOfEnvironment)
    assert.equal(new Set(ofMany.map(({ channelId }) => channelId)).size, mostOfEnvironment)
    // As long as none of them ends, there is no place for more.
    assert.deepEqual(await leaseNotices(tx, places), [])
    places.leave(ofMany[0]!)
    assert.equal((await leaseNotices(tx, places)).length, 1)
  }))

test('over a channel only so many are sent at once, and those that work come first', () =>
  unseen(async tx => {
    const environmentId = uuidV7()
    const troubled = await Promise.all(
      Array.from({ length: mostOfEnvironment }, () => addChannel(tx, environmentId, true)),
    )
    for (const channel of troubled) await addNotice(tx, environmentId, channel, 200)
    const works = await addChannel(tx, environmentId)
    for (let i = 0; i < 5; i++) await addNotice(tx, environmentId, works, 10 - i)
    const leased = await leaseNotices(tx, new Places())
    assert.equal(leased.length, mostOfEnvironment)
    assert.equal(leased.filter(({ channelId }) => channelId === works).length, mostOfChannel)
    assert.ok(leased.every(({ attempts }) => attempts === 1))
  }))

test('whatever the planner does, no more are taken than there are places', () =>
  unseen(async tx => {
    const environmentId = uuidV7()
    for (let i = 0; i < 30; i++) await addNotice(tx, environmentId, await addChannel(tx, environmentId), i)
    for (const off of [sql`hashjoin`, sql`mergejoin`, sql`hashagg`, sql`material`])
      await tx.query(sql`set local enable_${off} = off`)
    assert.equal((await leaseNotices(tx, new Places())).length, mostOfEnvironment)
    const [row] = await tx.query<{ taken: number }>(sql`
      select count(*)::int as taken from cloudbox.alerts_notices where environment_id = ${environmentId} and attempts > 0`)
    assert.equal(row!.taken, mostOfEnvironment)
  }))

test('nobody is reminded of what he has not been told yet', () =>
  unseen(async tx => {
    const environmentId = uuidV7()
    const [told, waits] = [await addChannel(tx, environmentId), await addChannel(tx, environmentId)]
    const incidentId = await addIncident(tx, environmentId)
    const notices = { environmentId, incidentId, channels: null }
    await writeNotices(tx, { ...notices, kind: 'fired', at: 1000 })
    await tx.query(sql`
      update cloudbox.alerts_notices set state = 'delivered', due_at = null where channel_id = ${told}`)
    // It counts as told all the same: the next reminder comes no sooner.
    assert.equal(await writeNotices(tx, { ...notices, kind: 'reminder', at: 2000 }), 2)
    assert.equal(await writeNotices(tx, { ...notices, kind: 'resolved', at: 3000 }), 2)
    const kinds = async (channel: string) =>
      (
        await tx.query<{ kind: string }>(
          sql`select kind from cloudbox.alerts_notices where channel_id = ${channel} order by at`,
        )
      ).map(({ kind }) => kind)
    assert.deepEqual(await kinds(told), ['fired', 'reminder', 'resolved'])
    assert.deepEqual(await kinds(waits), ['fired', 'resolved'])
  }))

test('of what waits beyond what may, reminders are given up first, the oldest of them', () =>
  unseen(async tx => {
    const [environmentId, other] = [uuidV7(), uuidV7()]
    const channel = await addChannel(tx, environmentId)
    await addNotice(tx, environmentId, channel, 90)
    await addNotice(tx, environmentId, channel, 80, 'reminder')
    await addNotice(tx, environmentId, channel, 70, 'reminder')
    await addNotice(tx, environmentId, channel, 60, 'resolved')
    await addNotice(tx, other, await addChannel(tx, other), 99)
    const left = async () =>
      (
        await tx.query<{ what: string }>(sql`
          select kind || ' ' || extract(epoch from now() - at)::int as what from cloudbox.alerts_notices
          where environment_id = ${environmentId} and due_at is not null order by at`)
      ).map(({ what }) => what)
    assert.equal(await giveUpWaiting(tx, environmentId, 4), 0)
    assert.equal(await giveUpWaiting(tx, environmentId, 3), 1)
    assert.deepEqual(await left(), ['fired 90', 'reminder 70', 'resolved 60'])
    assert.equal(await giveUpWaiting(tx, environmentId, 1), 2)
    assert.deepEqual(await left(), ['resolved 60'])
    assert.equal(await giveUpWaiting(tx, other, 1), 0)
  }))
