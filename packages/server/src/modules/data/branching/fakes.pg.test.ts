import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { testDatabase } from '../../../testing/test-database.ts'
import { readFile } from 'node:fs/promises'
import { raw, sql, type Sql } from '../../../kernel/sql.ts'

const { db } = await testDatabase({ after })
await db.transaction(async tx => {
  const file = new URL('../migrations/0003_create_fake_functions.sql', import.meta.url)
  await tx.script(`create schema cb; ${await readFile(file, 'utf8')}`)
})

const key = sql`${Buffer.alloc(32, 7)}::bytea`
const otherKey = sql`${Buffer.alloc(32, 8)}::bytea`

async function ask<T>(call: Sql): Promise<T> {
  const [row] = await db.query<{ made: string }>(sql`select to_json(${call})::text as made`)
  return JSON.parse(row!.made) as T
}

test('a permutation hits every number between its bounds once, and stays there', async () => {
  for (const [lowest, highest] of [
    [0, 0],
    [0, 1],
    [-3, 3],
    [100, 1099],
    [0, 9999],
  ] as const) {
    const [row] = await db.query<Record<string, number>>(sql`
      select count(*)::int as all, count(distinct made)::int as different, min(made)::int as lowest, max(made)::int as highest,
        count(*) filter (where made = n)::int as same
      from (select n, cb.fake_between(n, ${lowest}, ${highest}, ${key}) as made
        from generate_series(${lowest}::int, ${highest}::int) n) made`)
    const size = highest - lowest + 1
    const { all, different, lowest: least, highest: most, same } = row!
    assert.deepEqual([all, different, least, most], [size, size, lowest, highest])
    if (size > 900) assert.ok(same! < 12, `${same} of ${size} stayed what they are`)
  }
})

test('numbers keep their sign and their digits, stay within bounds, and no two become one', async () => {
  const [row] = await db.query<Record<string, number>>(sql`
    select count(*)::int as all, count(distinct made)::int as different,
      count(*) filter (where length(made::text) <> length(trim_scale(n)::text) or sign(made) <> sign(n) and n <> 0)::int as misshapen
    from (select n, cb.fake_number(n, null, null, ${key}) as made from (
      select n::numeric from generate_series(-1100, 1100) n where n not between -9 and 9
      union all select n / 100.0 from generate_series(10001, 12000) n where n % 10 <> 0) numbers (n)) made`)
  assert.deepEqual([row!.different, row!.misshapen], [row!.all, 0])
  const [ages] = await db.query<Record<string, number>>(sql`
    select count(distinct made)::int as different, min(made)::int as lowest, max(made)::int as highest
    from (select cb.fake_number(n, 18, 120, ${key}) as made from generate_series(18, 120) n) made`)
  assert.deepEqual(ages, { different: 103, lowest: 18, highest: 120 })
})

test('any number there is becomes one of the same size', async () => {
  const numbers = [
    '0',
    '-9223372036854775808',
    '9223372036854775807',
    '1e300',
    '-1.5e-300',
    '0.1',
    '3.14159',
    '1e18',
    '123456789012345678901234567890.123',
    'NaN',
    '-Infinity',
  ]
  for (const number of numbers) {
    const made = await ask<string>(sql`cb.fake_number(${number}::numeric, null, null, ${key})::text`)
    assert.equal(made, await ask(sql`cb.fake_number(${number}::numeric, null, null, ${key})::text`))
    if (/\d/.test(number)) {
      const [size, fakeSize] = [Math.abs(Number(number)), Math.abs(Number(made))]
      assert.ok(size === 0 || (fakeSize > size / 100 && fakeSize < size * 100), `${number} → ${made}`)
    } else assert.equal(made, number)
  }
  for (const number of ['-9223372036854775808', '9223372036854775807', '9223372036854775800'])
    await ask(sql`cb.fake_number(${number}::bigint, null, null, ${key})::bigint::text`)
})

test('letters and digits become others of their kind, and nothing else changes', async () => {
  const shapeOf = (text: string) =>
    text
      .replaceAll(/[0-9]/g, '0')
      .replaceAll(/[a-z]/g, 'a')
      .replaceAll(/[A-Z]/g, 'A')
      .replaceAll(/[\u0080-\u{10ffff}]/gu, '?')
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 120 }), async text => {
      fc.pre(!text.includes('\0') && text.isWellFormed())
      const made = await ask<string>(sql`cb.fake_text(${text}::text, ${key})`)
      assert.equal(shapeOf(made), shapeOf(text))
      assert.equal([...made].length, [...text].length)
      assert.equal(made, await ask(sql`cb.fake_text(${text}::text, ${key})`))
    }),
    { numRuns: 150 },
  )
  const words = await ask<string>(sql`cb.fake_text('Łucja Müller, 12 Żabia – 日本 Ωμέγα Дом 😀', ${key})`)
  assert.match(
    words,
    /^\p{L}\p{Ll}{4} [A-Z][ß-ÿ][a-z]{4}, \d\d \S[a-z]{4} – \p{L}\p{L} \S{5} [А-Я][а-я]{2} 😀$/u,
  )
})

test('no two short texts of one shape become one', async () => {
  for (const texts of [
    sql`select chr(97 + a) || chr(97 + b) from generate_series(0, 25) a, generate_series(0, 25) b`,
    sql`select 'X' || lpad(n::text, 3, '0') from generate_series(0, 999) n`,
    sql`select chr(n) from generate_series(19968, 20095) n`,
  ]) {
    const [row] = await db.query<{ all: number; different: number }>(sql`
      select count(*)::int as all, count(distinct cb.fake_text(text, ${key}))::int as different
      from (${texts}) texts (text)`)
    assert.equal(row!.different, row!.all)
  }
})

test('phone numbers keep their country and their shape, and no two become one', async () => {
  for (const [phone, shape] of [
    ['+491701234567', /^\+49\d{10}$/],
    ['+1 (555) 010-9999', /^\+1 \(\d{3}\) \d{3}-\d{4}$/],
    ['+358401234567', /^\+358\d{9}$/],
    ['0170/123 45 67', /^0\d{3}\/\d{3} \d{2} \d{2}$/],
    ['', /^$/],
    ['call me', /^call me$/],
    ['+49' + '1'.repeat(40), /^\+49\d{40}$/],
  ] as const)
    assert.match(await ask<string>(sql`cb.fake_phone(${phone}::text, ${key})`), shape)
  const [row] = await db.query<{ different: number }>(sql`
    select count(distinct cb.fake_phone('+49170' || lpad(n::text, 3, '0'), ${key}))::int as different
    from generate_series(0, 999) n`)
  assert.equal(row!.different, 1000)
})

test('addresses, links, uuids, names and days stay such', async () => {
  const email = await ask<string>(sql`cb.fake_email('Ada@Real.test', null, null, ${key})`)
  assert.match(email, /^u[0-9a-f]{16}@example\.com$/)
  assert.match(
    await ask<string>(sql`cb.fake_email('a@b.cc', 40, null, ${key})`),
    /^u[0-9a-f]{27}@example\.com$/,
  )
  assert.equal((await ask<string>(sql`cb.fake_email('a@b.cc', null, 20, ${key})`)).length, 20)
  const url = sql`cb.fake_url('ftp://real.test/ada?x=1', null, null, ${key})`
  assert.match(await ask<string>(url), /^ftp:\/\/example\.com\/[0-9a-f]{16}$/)
  const uuid = await ask<string>(sql`cb.fake_uuid('0198c0de-1111-7222-9333-00000000000a', ${key})`)
  assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.match(
    await ask<string>(sql`cb.fake_name('Real Person', null, 200, ${key})`),
    /^[A-Z][a-z]+ [A-Z][a-z]+$/,
  )
  assert.match(await ask<string>(sql`cb.fake_name('Real', null, 200, ${key})`), /^[A-Z][a-z]+$/)
  assert.match(await ask<string>(sql`cb.fake_name('Bo X', null, 4, ${key})`), /^[A-Z][a-z] [A-Z]$/)
  const [days] = await db.query<Record<string, number>>(sql`
    select count(distinct made)::int as different, max(abs(made - day))::int as furthest
    from (select day::date, cb.fake_date(day::date, ${key}) as made
      from generate_series(date '1890-01-01', date '2030-01-01', interval '1 day') day) made`)
  assert.equal(days!.different, 51135)
  assert.ok(days!.furthest! < 365)
  const [times] = await db.query<Record<string, number>>(sql`
    select count(distinct made)::int as different, max(abs(extract(epoch from made - time)))::float8 as furthest,
      count(*) filter (where extract(microseconds from made)::bigint % 1000000 <> 0)::int as broken
    from (select time, cb.fake_timestamp(time, ${key}) as made
      from generate_series(timestamptz '1999-12-31 00:00+00', timestamptz '2001-01-10 00:00+00', interval '1 hour') time) made`)
  assert.deepEqual([times!.different, times!.broken], [24 * 376 + 1, 0])
  assert.ok(times!.furthest! < 365 * 86_400)
  for (const end of ['infinity', '-infinity']) {
    assert.equal(await ask(sql`cb.fake_date(${end}::date, ${key})::text`), end)
    assert.equal(await ask(sql`cb.fake_timestamp(${end}::timestamptz, ${key})::text`), end)
  }
})

test('in json every text and number at any depth is made up, names and truth stay', async () => {
  const real = { mail: 'ada@real.test', age: 42, ok: true, none: null, list: ['Ada', { deep: 'Lovelace' }] }
  const made = await ask<typeof real>(sql`cb.fake_json(${JSON.stringify(real)}::jsonb, ${key})`)
  assert.match(made.mail, /^u[0-9a-f]{16}@example\.com$/)
  assert.deepEqual([made.ok, made.none, Object.keys(made).sort()], [true, null, Object.keys(real).sort()])
  assert.ok(made.age >= 10 && made.age < 100)
  assert.match(JSON.stringify(made.list), /^\["[A-Z][a-z]{2}",\{"deep":"[A-Z][a-z]{7}"\}\]$/)
  assert.doesNotMatch(JSON.stringify(made), /Ada|Lovelace/)
})

test('without the key nothing leads back: under another key everything is another', async () => {
  for (const call of [
    (secret: Sql) => sql`cb.fake_email('a@b.cc', null, null, ${secret})`,
    (secret: Sql) => sql`cb.fake_phone('+491701234567', ${secret})`,
    (secret: Sql) => sql`cb.fake_text('Lovelace', ${secret})`,
    (secret: Sql) => sql`cb.fake_number(1234567890123, null, null, ${secret})::text`,
    (secret: Sql) => sql`cb.fake_uuid('0198c0de-1111-7222-9333-00000000000a', ${secret})`,
    (secret: Sql) => sql`cb.fake_point(point(1, 2), ${secret})::text`,
  ])
    assert.notEqual(await ask(call(key)), await ask(call(otherKey)), call(key).parts[0])
})

test('what is absent stays absent', async () => {
  for (const call of [
    'email(null, 1, 2',
    'url(null, 1, 2',
    'name(null, 1, 2',
    'phone(null',
    'text(null',
    'number(null, 1, 2',
  ])
    assert.equal(await ask(sql`cb.${raw(`fake_${call}`)}, ${key})`), null)
})
