import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { bind } from './bind.ts'
import { CelError } from './cel-error.ts'
import { check } from './check.ts'
import type { Row, TableSchema } from './schema.ts'
import { loadRows } from './testing/agreement.ts'
import { testDatabase, type TestDatabase } from './testing/database.ts'
import { bindingsArb, columns, expressionArb, rowArb } from './testing/random.ts'
import { table } from './testing/table.ts'
import { toRowSecurity } from './to-ddl.ts'
import { toJs } from './to-js.ts'

const RUNS = Number(process.env['POLICY_RUNS'] ?? 600)
const SEED = Number(process.env['POLICY_SEED'] ?? 3)
const role = `policy_reader_${randomBytes(4).toString('hex')}`

/** The session of the test; the server's own functions check a signature. */
const sessionSql = `
CREATE FUNCTION cb.session() RETURNS jsonb STABLE LANGUAGE sql RETURN nullif(current_setting('cb.session', true), '')::jsonb;
CREATE FUNCTION cb.uid() RETURNS text STABLE LANGUAGE sql RETURN cb.session() ->> 'uid';
CREATE FUNCTION cb.role() RETURNS text STABLE LANGUAGE sql RETURN cb.session() ->> 'role';
CREATE FUNCTION cb.claims() RETURNS jsonb STABLE LANGUAGE sql RETURN cb.session() -> 'claims';
CREATE ROLE ${role};
GRANT USAGE ON SCHEMA cb TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON things TO ${role};
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
`

let db: TestDatabase
let rows: Row[]
before(async () => {
  db = await testDatabase()
  rows = await loadRows(db, fc.sample(rowArb, { seed: SEED, numRuns: 60 }))
  await db.query(sessionSql)
})
after(async () => {
  await db?.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  await db?.close()
})

/** Runs as the unprivileged role with a session, and takes everything back. */
async function asReader<T>(session: unknown, run: () => Promise<T>): Promise<T> {
  await db.query('BEGIN')
  try {
    await db.query("SELECT set_config('cb.session', $1, true)", [JSON.stringify(session)])
    await db.query(`SET LOCAL ROLE ${role}`)
    return await run()
  } finally {
    await db.query('ROLLBACK')
  }
}

test('row security shows the rows of which the policy is true', async () => {
  let policies = 0
  const selectBindings = bindingsArb.map(bindings => ({ ...bindings, request: { method: 'select' } }))
  await fc.assert(
    fc.asyncProperty(expressionArb(), selectBindings, async (source, bindings) => {
      if (/\b(now|next|request\.time)\b/.test(source)) return
      let checked
      try {
        checked = check(source, { doc: table })
      } catch (error) {
        if (error instanceof CelError) return
        throw error
      }
      policies++
      const { using } = toRowSecurity(checked, 'select')
      await db.query(
        `DROP POLICY IF EXISTS p ON things; CREATE POLICY p ON things FOR SELECT USING (${using})`,
      )
      const seen = await asReader(bindings.auth, () => db.query('SELECT id FROM things ORDER BY id'))
      const expected = rows.filter(row => toJs(bind(checked, bindings))(row)).map(row => String(row['id']))
      assert.deepEqual(
        seen.map(row => row['id']),
        expected,
        `${source}\n${using}`,
      )
    }),
    { numRuns: RUNS, seed: SEED },
  )
  assert.ok(policies > RUNS * 0.15, `only ${policies} policies`)
})

/** Whether a statement passes row security. */
async function passes(session: unknown, statement: string): Promise<boolean> {
  try {
    const result = await asReader(session, () => db.query(`${statement} RETURNING id`))
    return result.length > 0
  } catch (error) {
    if (/row-level security/.test((error as Error).message)) return false
    throw error
  }
}

async function install(source: string, command: 'insert' | 'update', schema: TableSchema = table) {
  const checked = check(source, { doc: command === 'update' ? schema : undefined, next: schema })
  const { using, withCheck, isComplete } = toRowSecurity(checked, command)
  const clauses = [using && `USING (${using})`, withCheck && `WITH CHECK (${withCheck})`]
    .filter(Boolean)
    .join(' ')
  await db.query(`
    DROP POLICY IF EXISTS p ON things; DROP POLICY IF EXISTS w ON things;
    CREATE POLICY p ON things FOR SELECT USING (true);
    CREATE POLICY w ON things FOR ${command} ${clauses}`)
  return isComplete
}

test('an insert is checked against the incoming row', async () => {
  assert.equal(await install('next.owner == auth.uid', 'insert'), true)
  assert.equal(await passes({ uid: 'u1' }, "INSERT INTO things(id, owner) VALUES (1000, 'u1')"), true)
  assert.equal(await passes({ uid: 'u1' }, "INSERT INTO things(id, owner) VALUES (1000, 'u2')"), false)
  assert.equal(await passes({}, 'INSERT INTO things(id) VALUES (1000)'), false)
})

test('an update is checked against the stored and against the incoming row', async () => {
  await db.query(`INSERT INTO things(id, ${columns[0]}) VALUES (1001, 'u1'), (1002, 'u2')`)
  assert.equal(await install("doc.owner == auth.uid && next.status != 'secret'", 'update'), true)
  assert.equal(await passes({ uid: 'u1' }, "UPDATE things SET the_status = 'open' WHERE id = 1001"), true)
  assert.equal(await passes({ uid: 'u1' }, "UPDATE things SET the_status = 'open' WHERE id = 1002"), false)
  assert.equal(await passes({ uid: 'u1' }, "UPDATE things SET the_status = 'secret' WHERE id = 1001"), false)
})

test('a clause on both rows at once is refused rather than let through', async () => {
  assert.equal(await install('doc.owner == auth.uid && next.owner == doc.owner', 'update'), false)
  assert.equal(await passes({ uid: 'u1' }, "UPDATE things SET the_status = 'open' WHERE id = 1001"), false)
})
