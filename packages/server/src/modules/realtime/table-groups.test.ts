import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RowChange, StreamTable } from '../../kernel/stream.ts'
import { Group } from './group.ts'
import { KeptSet } from './kept-set.ts'
import { TableGroups } from './table-groups.ts'
import { itemQuery } from './testing/item-query.ts'

const columns = ['id', 'room', 'owner', 'score', 'open', 'tags']
const table: StreamTable = {
  schema: 'app',
  name: 'item',
  columns: columns.map(name => ({ name, typeOid: 25, isKey: name === 'id' })),
}
const change = (room: string): RowChange => ({
  kind: 'insert',
  table,
  new: ['00000000-0000-4000-8000-000000000001', room, null, null, null, null],
})

test('I12 a change is judged by the groups whose sets have its value, and by those alone', () => {
  const groups = new TableGroups()
  let asked = 0
  const make = (uid: string, rooms: readonly string[]) => {
    const where = 'db.member.exists(m, m.room == doc.room && m.uid == auth.uid)'
    const query = itemQuery({ where, auth: { uid } })
    const group = new Group(1, 'e', query, {})
    const set = new KeptSet(query.lookups[0]!)
    const has = set.has.bind(set)
    set.has = value => {
      asked++
      return has(value)
    }
    group.sets = [set]
    groups.add(group)
    const load = (values: readonly string[]) =>
      set.load(
        values.map(value => ({ value, count: 1 })),
        [],
      )
    return { group, load: () => load(rooms) }
  }
  const made = Array.from({ length: 500 }, (_, n) => make(`u${n}`, [`own ${n}`, `pair ${n >> 1}`]))
  const told = (room: string) => {
    const found = new Set<Group>()
    asked = 0
    groups.judge(change(room), group => found.add(group))
    return found
  }
  assert.equal(told('own 7').size, 0, 'nothing is known yet')
  for (const { group, load } of made) {
    load()
    groups.refile(group)
  }
  assert.deepEqual(told('own 7'), new Set([made[7]!.group]))
  assert.equal(asked, 1)
  assert.deepEqual(told('pair 3'), new Set([made[6]!.group, made[7]!.group]))
  assert.equal(asked, 2)
  assert.equal(told('nobody').size, 0)
  assert.equal(asked, 0)
})
