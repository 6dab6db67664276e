import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { migrate, prepareMigrations } from '../../../kernel/migrate.ts'
import { Observer } from '../../../kernel/observer.ts'
import { sql } from '../../../kernel/sql.ts'
import { testDatabase } from '../../../testing/test-database.ts'
import { Counted, type CountedWindow } from '../counting/window.ts'
import { compact, forget } from '../rollups/compact.ts'
import { OperationsTable } from '../rollups/operations-table.ts'
import { StoredWindows } from '../rollups/stored-windows.ts'
import { addMarker, readMarkers } from './markers.ts'

const { db } = await testDatabase({ after })
await prepareMigrations(db)
await migrate(db, {
  word: 'monitoring',
  folder: new URL('../migrations/', import.meta.url),
  schema: 'cloudbox',
})
const observer = new Observer()
const list = observer.operation('request', 'GET /data/:collection')
const windows = new StoredWindows(db, new OperationsTable(observer))
const environmentId = '11111111-1111-1111-1111-111111111111'
const begin = Date.parse('2026-03-01T00:00:00Z')
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const keep = { secondsHours: 2, minutesDays: 3, hoursDays: 400, keptDays: 14, keptMost: 3 }

function windowOf(at: number, count: number): CountedWindow {
  const counted = new Counted()
  const tally = counted.tally(list.index * 4)
  tally.count = count
  tally.durations.add(10, count)
  return { at, environments: new Map([[environmentId, counted]]) }
}

test('before and after a marker is never told of the window in which it was, however long that is', async () => {
  const at = begin + 2 * hour + 24 * minute + 17_000
  const inMinute = (i: number) => begin + 2 * hour + i * minute + 10_000
  const made = [
    windowOf(begin + hour, 3),
    ...Array.from({ length: 60 }, (_, i) => windowOf(inMinute(i), i === 24 ? 500 : 1)),
    windowOf(begin + 3 * hour, 7),
  ]
  await windows.prepare(made)
  await db.transaction(tx => windows.add(tx, made))
  await addMarker(db, { at, kind: 'migration', title: 'A migration', subject: 'm' })
  const around = async (now: number) => {
    await compact(db, windows, now)
    await forget(db, keep, now, [environmentId])
    const source = { db, windows, config: keep, operationAt: (index: number) => observer.operationAt(index) }
    const [marker] = await readMarkers(source, environmentId, { from: begin, to: begin + day }, now)
    return [marker!.before.count, marker!.after.count]
  }
  // Ten minutes of windows of ten seconds, of minutes; of hours one.
  assert.deepEqual(await around(begin + 4 * hour), [10, 10])
  assert.deepEqual(await around(begin + day), [10, 10])
  assert.deepEqual(await around(begin + 5 * day), [3, 7])
  const [left] = await db.query<{ count: number }>(
    sql`select count(*)::int as count from cloudbox.monitoring_windows where step < 3600`,
  )
  assert.equal(left!.count, 0)
})
