import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ProblemBody } from '@cloudbox/protocol/problem'
import { migration, migrationServer } from '../testing/migration-server.ts'
import { sqlRoleOf } from '../../platform/module.ts'

const box = await migrationServer({ after })
const text = { type: 'text' } as const
const create = migration('1_create', [], {
  do: 'create-collection',
  definition: {
    name: 'people',
    fields: { name: text, size: { type: 'integer' } },
    policies: { list: 'doc.name == auth.uid' },
  },
})
const other = await box.server().platform.ensureEnvironment({
  organisation: 'test',
  project: 'test',
  name: 'other',
  dev: true,
})
const { schema } = box.environment
await box.up(create)
await box.run(`insert into @people (name, size) values ('ada', 1), ('bob', 2)`)

const withSql = (up: string, down?: string) =>
  migration('2_sql', ['1_create'], { do: 'sql', up, ...(down === undefined ? {} : { down }) })
const run = async (up: string, down = '') => {
  await box.up(create, withSql(up, down))
  return async () => void (await box.down())
}

test('SQL fills a field between two steps, past all policies, and is taken back', async () => {
  const fill = migration(
    '2_fill',
    ['1_create'],
    { do: 'add-field', collection: 'people', field: 'shout', definition: text },
    {
      do: 'sql',
      up: `
        create table notes (id int primary key, of uuid);
        insert into notes select size, id from people;
        create function loud(t text) returns text language sql as $$ select upper(t) || '!' $$;
        update people set shout = loud(name);`,
      down: 'drop table notes; drop function loud',
    },
    {
      do: 'change-field',
      collection: 'people',
      field: 'shout',
      definition: { type: 'text', required: true },
    },
  )
  await box.up(create, fill)
  assert.deepEqual(await box.run('select name, shout from @people order by name'), [
    { name: 'ada', shout: 'ADA!' },
    { name: 'bob', shout: 'BOB!' },
  ])
  assert.deepEqual(await box.run('select id from @notes order by id'), [{ id: 1 }, { id: 2 }])
  assert.deepEqual(await box.down(), ['2_fill'])
  assert.deepEqual(await box.run(`select to_regclass('@notes')::text as notes`), [{ notes: null }])
  assert.deepEqual(await box.run('select name, size from @people order by name'), [
    { name: 'ada', size: '1' },
    { name: 'bob', size: '2' },
  ])
})

test('a mistake is told with its line, and everything is as it was', async () => {
  const wrong = await box.refused(
    create,
    migration(
      '2_sql',
      ['1_create'],
      { do: 'drop-field', collection: 'people', field: 'size' },
      { do: 'sql', up: `update people set name = 'x';\nupdate people\nset nam = 'y'` },
    ),
  )
  assert.equal(wrong.code, 'schema/migration-failed')
  assert.match(wrong.detail!, /^2_sql, operation 2 \(sql\): line 3: column "nam" .* does not exist/)
  assert.match(wrong.errors![0]!.at, /^\/migrations\/2_sql\/operations\/1\/up\[\d+\]$/)
  const oneWay = await box.ask<object>('POST', '/schema/migrations', {
    migrations: [create, withSql('select 1')],
  })
  assert.ok(oneWay)
  const stuck = await box.ask<ProblemBody>('POST', '/schema/migrations/down', { count: 2 }, 409)
  assert.equal(stuck.code, 'schema/no-way-back')
  await box.run(`delete from @schema_migrations where name = '2_sql'`)
})

/** So that one that gets through is one failure and not many. */
const forget = () => box.run(`delete from @schema_migrations where name = '2_sql'`)

/** What must be refused, and what Postgres says. */
const attacks: readonly [name: string, sql: string, message: RegExp][] = [
  ['the role is reset', 'reset role', /cannot set parameter "role"/],
  ['the role is set', 'set role postgres', /cannot set parameter "role"/],
  ['the role is set by a function', `select set_config('role', 'postgres', false)`, /cannot set parameter/],
  ['the session is another', 'set session authorization default', /cannot set parameter "session_authori/],
  ['the session is reset', 'reset session authorization', /cannot set parameter "session_authori/],
  ['the transaction ends', 'commit', /transaction commands/],
  ['a block ends the transaction', 'do $$ begin commit; end $$', /invalid transaction termination/],
  ['a program is run', `copy people to program 'id'`, /permission denied to COPY to or from an external/],
  ['a file is written', `copy people to '/tmp/people'`, /permission denied to COPY to a file/],
  ['a file is read', `select pg_read_file('/etc/passwd')`, /permission denied for function pg_read_file/],
  ['a file is imported', `select lo_import('/etc/passwd')`, /permission denied for function lo_import/],
  ['passwords are read', 'select * from pg_authid', /permission denied for table pg_authid/],
  ['another environment is read', `select * from "${other.schema}".users`, /permission denied for schema/],
  ['the platform is read', 'select * from cloudbox.platform_keys', /permission denied for schema cloudbox/],
  ['accounts are read', 'select * from auth_passwords', /permission denied for table auth_passwords/],
  ['accounts are made', `insert into users (email) values ('a@b.c')`, /permission denied for table users/],
  ['migrations are forged', 'delete from schema_migrations', /permission denied for table schema_migrations/],
  ['definitions are forged', 'update data_collections set version = 1', /permission denied for table data_/],
  ['a collection changes', 'alter table people add more text', /must be owner of table people/],
  ['a collection is dropped', 'drop table people', /must be owner of table people/],
  ['a collection is emptied', 'truncate people', /permission denied for table people/],
  ['policies end', 'alter table people disable row level security', /must be owner of table people/],
  ['a policy is made', 'create policy all_of_it on people using (true)', /must be owner of table people/],
  ['a rule is made', 'create rule r as on insert to people do instead nothing', /must be owner of table/],
  [
    'a trigger is planted',
    `create function evil() returns trigger language plpgsql as $$ begin return new; end $$;
     create trigger evil before insert on people for each row execute function evil()`,
    /permission denied for table people/,
  ],
  [
    'a table points to a collection',
    'create table mine (of uuid references people)',
    /permission denied for/,
  ],
  [
    'an event trigger',
    'create event trigger e on ddl_command_end execute function now()',
    /permission denied/,
  ],
  ['an extension is made', 'create extension dblink', /permission denied to create extension/],
  [
    'a language without bounds',
    `create function c() returns int language c as 'x', 'y'`,
    /permission denied/,
  ],
  ['a role is made', 'create role evil superuser', /permission denied to create role/],
  [
    'its own role grows',
    `alter role "${sqlRoleOf(box.environment.role)}" superuser`,
    /permission denied to alter role/,
  ],
  [
    'another role is taken',
    'grant postgres to current_user',
    /permission denied to grant role|syntax error|does not exist/,
  ],
  ['something is made in public', 'create table public.evil (a int)', /permission denied for schema public/],
  ['something is made among helpers', 'create table cb.evil (a int)', /permission denied for schema cb/],
  ['a schema is made', 'create schema evil', /permission denied for database/],
  [
    'a temporary table',
    'create temp table pg_class (a int)',
    /cannot create temporary table within security/,
  ],
  ['a temporary view', 'create temp view pg_class as select 1 as a', /temporary/],
  ['a function of the session', 'create function pg_temp.evil() returns int return 1', /nothing temporary/],
  ['a type of the session', 'create domain pg_temp.uuid as text', /nothing temporary/],
  ['a statement is prepared', 'prepare s1 as select 1', /cannot execute PREPARE within security-restricted/],
  ['statements are forgotten', 'deallocate all', /cannot execute DEALLOCATE within security-restricted/],
  ['the session is emptied', 'discard all', /cannot (execute|be executed)/],
  [
    'a cursor outlives the transaction',
    'declare c cursor with hold for select 1',
    /cannot create a cursor WITH HOLD within security-restricted/,
  ],
  ['it listens', 'listen platform', /cannot execute LISTEN within security-restricted/],
  [
    'a trigger waits for the end',
    `create table late (a int);
     create function evil() returns trigger language plpgsql as $$ begin return null; end $$;
     create constraint trigger evil after insert on late deferrable initially deferred
       for each row execute function evil();
     insert into late values (1)`,
    /cannot fire deferred trigger within security-restricted/,
  ],
  [
    'replication is slowed',
    `select pg_create_logical_replication_slot('evil', 'pgoutput')`,
    /permission denied/,
  ],
  ['a setting of the server', 'alter system set fsync = off', /permission denied|cannot run inside/],
  ['a guarded setting', 'set session_replication_role = replica', /permission denied to set parameter/],
  [
    'others are ended',
    'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()',
    /permission denied|must be|SUPERUSER/i,
  ],
  [
    'events are forged',
    `select pg_logical_emit_message(true, 'cloudbox', '{}')`,
    /permission denied for function/,
  ],
  ['a name of the platform', 'create table auth_keys (a int)', /the name auth_keys belongs to the platform/],
  [
    'a function under such a name',
    'create function data_x() returns int return 1',
    /belongs to the platform/,
  ],
]

for (const [name, sql, message] of attacks)
  test(`refused: ${name}`, async () => {
    for (const statement of [sql, `do $do$ begin execute $sql$${sql}$sql$; end $do$`]) {
      const problem = await box.refused(create, withSql(statement)).finally(forget)
      assert.equal(problem.code, 'schema/migration-failed')
      assert.match(problem.detail!, message)
    }
  })

test('what it sets is put back, and what it plants is called by nobody', async () => {
  const takeBack = await run(
    `
    set search_path = ${schema}, pg_catalog;
    set statement_timeout = '1ms';
    set default_transaction_read_only = on;
    create table calls (by text);
    create function count_call() returns text language plpgsql security definer as $$
      begin insert into calls values (session_user || current_user); return ''; end $$;
    create function now() returns timestamptz language plpgsql as $$
      begin insert into calls values (current_user); return pg_catalog.now(); end $$;
    create function int4eq_evil(a int, b int) returns bool language plpgsql as $$
      begin insert into calls values (current_user); return true; end $$;
    create operator = (leftarg = int, rightarg = int, function = int4eq_evil);
    create function evil_text(a text, b text) returns bool language plpgsql as $$
      begin insert into calls values (current_user); return a operator(pg_catalog.=) b; end $$;
    create operator = (leftarg = text, rightarg = text, function = evil_text);
    create function format(a text) returns text language sql as 'select count_call()';
    create view pg_class as select count_call() as relname, 1 as oid;
    create table pg_roles (rolname text)`,
    `drop view ${schema}.pg_class; drop table ${schema}.pg_roles; drop operator ${schema}.= (int, int); drop operator ${schema}.= (text, text);
     drop function ${schema}.now; drop function ${schema}.format(text); drop function count_call; drop function int4eq_evil; drop function evil_text;
     drop table calls`,
  )
  await box.ask('POST', '/data/people', { name: 'cy', size: 3 }, 201)
  await box.ask('GET', '/data/people?size=eq.3')
  await box.ask('PATCH', '/data/$collections/people', { fields: { more: text } })
  await box.ask('PATCH', '/data/$collections/people', { fields: { more: null } })
  await box.ask('POST', '/schema/plan', {
    collections: [{ name: 'people', fields: {} }],
    rehearse: true,
  })
  assert.deepEqual(await box.run('select by from @calls'), [])
  await box.run(`delete from @people where name = 'cy'`)
  await takeBack()
})

test('locks it takes for the session are gone afterwards', async () => {
  const takeBack = await run('select pg_advisory_lock(20261129)')
  const held = await box.run('select pid from pg_locks where objid = 20261129 and granted')
  assert.deepEqual(held, [])
  await takeBack()
})

test('the role that owns what it made can do nothing by itself', async () => {
  const [role] = await box.run(
    `select rolsuper, rolcanlogin, rolcreaterole, rolcreatedb, rolreplication from pg_roles
     where rolname = '${sqlRoleOf(box.environment.role)}'`,
  )
  assert.deepEqual(Object.values(role!), [false, false, false, false, false])
})
