import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { compileLike, lowerSimple } from '@cloudbox/policy/like'
import { sql } from '../../../kernel/sql.ts'
import { testDatabase } from '../../../testing/test-database.ts'

const { db } = await testDatabase({ after })

test('like and ilike are those of Postgres', async () => {
  const letter = fc.constantFrom(
    'a',
    'A',
    'i',
    'I',
    'İ',
    'ı',
    'ß',
    'ẞ',
    'σ',
    'ς',
    'Σ',
    'Ω',
    'K',
    'k',
    '😀',
    '\n',
  )
  const text = fc.array(letter, { maxLength: 5 }).map(parts => parts.join(''))
  const piece = fc.oneof(letter, fc.constantFrom('%', '_', '\\%', '\\_', '\\\\'))
  const pattern = fc.array(piece, { maxLength: 5 }).map(parts => parts.join(''))
  const pairs = fc.sample(fc.tuple(text, pattern), 20_000)
  const rows = await db.query<{ like: boolean; ilike: boolean }>(
    sql`select t like p as "like", t ilike p as "ilike" from unnest(${pairs.map(([t]) => t)}::text[], ${pairs.map(([, p]) => p)}::text[]) as x(t, p)`,
  )
  let matched = 0
  rows.forEach(({ like, ilike }, i) => {
    const [value, wanted] = pairs[i]!
    const shown = JSON.stringify([value, wanted])
    assert.equal(compileLike(wanted, false)(value), like, `like ${shown}`)
    assert.equal(compileLike(wanted, true)(value), ilike, `ilike ${shown}`)
    if (ilike && value !== '') matched++
  })
  assert.ok(matched > 500, `${matched} matched`)
})

// Node may know a newer Unicode; letters this Postgres has never heard of are left out.
test('every letter has the lower case Postgres gives it', async () => {
  const points = Array.from({ length: 0x110000 - 1 }, (_, i) => i + 1).filter(
    point => point < 0xd800 || point > 0xdfff,
  )
  const rows = await db.query<{ point: number; lower: string }>(
    sql`select p as point, lower(chr(p)) as lower from unnest(${points}::int[]) p where unicode_assigned(chr(p))`,
  )
  const lower = new Map(rows.map(row => [row.point, row.lower]))
  assert.ok(lower.size > 100_000)
  const others = [...lower.keys()].filter(point => {
    const letter = String.fromCodePoint(point)
    return lowerSimple(letter) !== lower.get(point)
  })
  assert.deepEqual(
    others.map(point => point.toString(16)),
    [],
  )
})
