import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { problemOf } from '../testing/plan-environment.ts'
import { testEnvironment, type TestEnvironment } from '../testing/test-environment.ts'
import { compileSql } from './compile-sql.ts'

const people: CollectionDefinition = {
  name: 'people',
  fields: {
    name: { type: 'text' },
    age: { type: 'text' },
    born: { type: 'date' },
    meta: { type: 'json' },
    shout: { type: 'text', computed: "doc.name + '!'" },
  },
}

function compile(env: TestEnvironment, text: string, after: FieldDefinition = { type: 'integer' }) {
  return env.db.transaction(tx =>
    compileSql(tx, env.environment.schema, people, { field: 'age', after, text }),
  )
}

test('what computes from the columns of a row is read', async t => {
  const env = await testEnvironment(t)
  await env.create(people)
  const good: [string, FieldDefinition['type'], string][] = [
    ['age::bigint', 'integer', '(age)::bigint'],
    ['length("name")', 'integer', 'length(name)'],
    [`case when age ~ '^[0-9]+$' then age::bigint end`, 'integer', ''],
    ['to_date(age, $1)'.replace('$1', "'DD.MM.YYYY'"), 'date', ''],
    ['upper(name)', 'text', 'upper(name)'],
    ['to_jsonb(name)', 'json', 'to_jsonb(name)'],
    ["jsonb_build_object('a', age, 'b', meta -> 'c')", 'json', ''],
    ['born::timestamptz', 'timestamp', ''],
    ['born', 'timestamp', 'born'],
    [`regexp_replace(age, '[^0-9]', '', 'g')`, 'text', ''],
    ["pg_input_is_valid(age, 'integer')", 'boolean', ''],
  ]
  for (const [text, type, written] of good) {
    const { value } = await compile(env, text, { type })
    if (written !== '') assert.equal(value, written)
  }
  assert.deepEqual(await env.run(`select from pg_class where relname ~ '^data_transform'`), [])
})

test('what reads, writes, waits or belongs to somebody is refused', async t => {
  const env = await testEnvironment(t)
  await env.create(people)
  const { schema, role } = env.environment
  const another = await env.another('other')
  // As the environment's own people could make them: they say they are immutable, and would run with our rights.
  await env.db.transaction(async tx => {
    await tx.script(`
      grant create on schema "${schema}" to "${role}";
      set local role "${role}";
      create function "${schema}".thief(text) returns bigint language sql immutable as $$ select 1::bigint $$;
      create function "${schema}".thief2(text, text) returns text language sql immutable as $$ select 'x' $$;
      create operator "${schema}".### (leftarg = text, rightarg = text, function = "${schema}".thief2);
      create domain "${schema}".trap as text check ("${schema}".thief(value) > 0)`)
  })
  const attacks = [
    '(select count(*) from cloudbox.data_migrations)',
    `(select 1 from "${another.schema}".data_collections)`,
    'exists (select from pg_authid)',
    'age in (select rolname from pg_authid)',
    `pg_read_file('/etc/passwd')`,
    `lo_import('/etc/passwd')::bigint`,
    `(pg_ls_dir('/'))`,
    `pg_sleep(60)`,
    `pg_terminate_backend(pg_backend_pid())`,
    `set_config('role', 'postgres', false)`,
    `current_setting('data_directory')`,
    `table_to_xml('pg_authid', true, false, '')::text`,
    `query_to_xml('select 1', true, false, '')::text`,
    `nextval('${schema}.data_collection_versions')`,
    `txid_current()`,
    `random()`,
    `clock_timestamp()`,
    `has_table_privilege('pg_authid', 'select')`,
    `obj_description(1259)`,
    `pg_get_viewdef('pg_roles')`,
    `cb.uid()`,
    `"${schema}".thief(age)`,
    `age operator("${schema}".###) age`,
    `age::"${schema}".trap::text`,
    `count(*)`,
    `sum(length(age)) over ()`,
    `generate_series(1, 3)`,
    `shout`,
    `xmin`,
    `1) is null), alter column name type text using (pg_read_file('/etc/passwd')`,
    `1) as value from cloudbox.data_migrations --`,
  ]
  const passed: string[] = []
  for (const text of attacks)
    for (const type of ['integer', 'text', 'boolean', 'timestamp', 'number'] as const) {
      const problem = await problemOf(compile(env, text, { type })).catch((error: Error) => {
        if (error.message !== 'it was not refused') throw error
        passed.push(`${text} as ${type}`)
        return undefined
      })
      if (problem !== undefined) assert.equal(problem.code, 'schema/invalid-transform', text)
    }
  assert.deepEqual(passed, [])
})

test('a mistake is told with its place, and a value of another type with the way to make it one', async t => {
  const env = await testEnvironment(t)
  await env.create(people)
  const problem = await problemOf(compile(env, 'length(agee)'))
  assert.deepEqual(
    problem.errors!.map(({ at, message }) => [at, message]),
    [['/fields/age/using/sql[7:11]', 'column "agee" does not exist']],
  )
  const rounded = await problemOf(compile(env, '1.5 * length(age)'))
  assert.match(rounded.message, /it gives numeric, and integer is kept as bigint/)
  assert.match(rounded.hint!, /::bigint/)
})
