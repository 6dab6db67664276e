import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Environment } from '../../../kernel/caller.ts'
import { sql } from '../../../kernel/sql.ts'
import { startBranchingServer } from '../../../testing/branching.ts'

const server = await startBranchingServer({ after })
before(async () => {
  await server.define(
    {
      name: 'teams',
      fields: {
        name: { type: 'text', required: true, unique: true, max: 40 },
        homepage: { type: 'url' },
      },
      policies: { list: 'public("teams are known")' },
    },
    {
      name: 'players',
      flexible: true,
      fields: {
        title: { type: 'text', required: true, default: 'none', pattern: '[a-z ]*' },
        label: { type: 'text', computed: 'doc.title + "!"' },
        team: { type: 'relation', to: 'teams', required: true, onDelete: 'cascade' },
        friend: { type: 'relation', to: 'players', onDelete: 'setNull' },
        account: { type: 'relation', to: 'users' },
        state: { type: 'select', options: ['in', 'out'], list: true },
        size: { type: 'integer', min: 1, max: 300 },
        place: { type: 'geopoint' },
        more: { type: 'json' },
        mail: { type: 'email' },
        owner: { type: 'text', default: { cel: 'auth.uid' } },
      },
      indexes: [
        { fields: ['owner', '-createdAt'] },
        { fields: ['title'], unique: true, where: 'doc.size == 3' },
        { fields: ['title'], kind: 'trigram' },
        { fields: ['more'], kind: 'gin' },
        { fields: ['place'], kind: 'gist' },
      ],
      policies: {
        list: 'db.teams.exists(t, t.id == doc.team && t.name == auth.team)',
        create: 'next.owner == auth.uid',
        update: 'doc.owner == auth.uid',
        delete: 'doc.owner == auth.uid',
      },
    },
  )
  for (const [name, body] of [
    // A circle: each points to the other.
    ['teams', { fields: { captain: { type: 'relation', to: 'players', onDelete: 'setNull' } } }],
    // What was changed over time is laid out in another order than what is made at once.
    [
      'players',
      { rename: { title: 'nick' }, fields: { mail: null, age: { type: 'integer', required: false } } },
    ],
    [
      'users',
      {
        fields: { team: { type: 'relation', to: 'teams' }, nick: { type: 'text', default: 'new', max: 9 } },
        indexes: [{ fields: ['team', 'nick'] }],
        policies: { list: 'doc.id == auth.uid || auth.role == "staff"', update: null },
      },
    ],
  ] as const) {
    const answer = await server.request('PATCH', `/data/$collections/${name}`, { body })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
  }
})

/** What Postgres knows of a schema, but for the order of columns and the names of schema and role. */
async function catalogOf({ schema, role }: Environment): Promise<string[]> {
  const [row] = await server.db.query<{ all: string }>(sql`
    with tables as (
      select c.* from pg_class c where c.relnamespace = ${schema}::regnamespace and c.relkind = 'r'
    )
    select jsonb_build_object(
      'tables', (select jsonb_agg(jsonb_build_array(relname, relpersistence, relreplident, relrowsecurity,
          relforcerowsecurity, reloptions, relhastriggers, relacl::text) order by relname) from tables),
      'columns', (select jsonb_agg(jsonb_build_array(t.relname, a.attname, format_type(a.atttypid, a.atttypmod),
          a.attnotnull, a.attgenerated, a.attidentity, a.attstorage, a.attcompression, a.attcollation::regcollation,
          a.attacl::text, pg_get_expr(d.adbin, d.adrelid)) order by t.relname, a.attname)
        from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum),
      'constraints', (select jsonb_agg(jsonb_build_array(t.relname,
          -- A column that was renamed is not null under its first name.
          case c.contype when 'n' then null else c.conname end, c.contype, c.convalidated,
          c.condeferrable, pg_get_constraintdef(c.oid)) order by t.relname, c.conname)
        from tables t join pg_constraint c on c.conrelid = t.oid),
      'indexes', (select jsonb_agg(jsonb_build_array(i.relname, pg_get_indexdef(i.oid), x.indisvalid, x.indisunique,
          x.indisprimary, x.indisreplident) order by i.relname)
        from tables t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid),
      'triggers', (select jsonb_agg(jsonb_build_array(t.relname, g.tgname, g.tgenabled, pg_get_triggerdef(g.oid))
          order by t.relname, g.tgname)
        from tables t join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal),
      'policies', (select jsonb_agg(jsonb_build_array(tablename, policyname, permissive, roles::text, cmd, qual,
          with_check) order by tablename, policyname) from pg_policies where schemaname = ${schema})
    )::text as all`)
  const parts = JSON.parse(row!.all.replaceAll(role, 'the_role').replaceAll(schema, 'the_schema')) as object
  return Object.entries(parts).flatMap(([part, rows]) =>
    (rows as unknown[]).map(row => `${part} ${JSON.stringify(row)}`),
  )
}

for (const data of ['none', 'all', { samplePercent: 50 }] as const) {
  test(`a branch is to Postgres what the original is (data: ${JSON.stringify(data)})`, async () => {
    const [team] = (
      await server.request('POST', '/data/teams', { body: [{ name: `t${JSON.stringify(data).length}` }] })
    ).body as { id: string }[]
    await server.request('POST', '/data/players', {
      body: [{ nick: 'ann', team: team!.id, size: 4, unknown: [1] }],
    })
    const branch = await server.branch(`structure-${JSON.stringify(data).length}`, { data })
    const [original, copied] = [await catalogOf(server.environment), await catalogOf(branch)]
    assert.ok(original.length > 200)
    assert.deepEqual(
      {
        missing: original.filter(one => !copied.includes(one)),
        extra: copied.filter(one => !original.includes(one)),
      },
      { missing: [], extra: [] },
    )
  })
}

test('definitions, their order and their versions are those of the original, and the next version is later', async () => {
  const branch = await server.branch('definitions', { data: 'none' })
  const definitions =
    'select name, definition::text, version, created_at, updated_at from @data_collections order by 1'
  assert.deepEqual(await server.run(definitions, branch), await server.run(definitions))
  const [{ next } = { next: '' }] = await server.run<{ next: string }>(
    `select nextval('@data_collection_versions') > max(version) as next from @data_collections`.replace(
      "'@data_collection_versions'",
      `'"${branch.schema}".data_collection_versions'`,
    ),
    branch,
  )
  assert.equal(next, true)
  assert.deepEqual(await server.run('select count(*)::int as n from @players', branch), [{ n: 0 }])
})
