import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { SnapshotHead, SnapshotRow, SnapshotTable } from '@cloudbox/protocol/snapshot-file'
import { raw, sql } from '../../../kernel/sql.ts'
import { setUpOwner } from '../../../testing/management.ts'
import { startTestServer, type Answer } from '../../../testing/start-test-server.ts'
import { silentLog } from '../../../testing/test-cluster.ts'

const server = await startTestServer({ after }, { log: silentLog })
const { db, environment } = server
const owner = await setUpOwner(server)
await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', '/projects/shop/environments', { name: 'theirs', dev: true })
const [{ schema: theirs } = { schema: '' }] = await db.query<{ schema: string }>(
  sql`select schema_name as schema from cloudbox.platform_environments where name = 'theirs'`,
)
const password = 'a horse of another battery'
const code = ({ body }: Answer) => (body as { code?: string }).code
const ask = async (method: string, path: string, body?: unknown) => {
  const answer = await server.request(method, path, { body })
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
  return answer.body as Record<string, unknown>
}
const there = (method: string, path: string, body?: unknown) => owner.askIn('shop/theirs', method, path, body)
const rowsOf = async (schema: string, table: string) =>
  (
    await db.query<{ row: string }>(raw(`select t::text as row from "${schema}"."${table}" t order by 1`))
  ).map(({ row }) => row)

interface File {
  readonly head: SnapshotHead
  readonly tables: (SnapshotTable & { readonly rows: SnapshotRow[] })[]
  readonly end: { readonly rows: Record<string, number>; readonly sha256: string }
  readonly text: string
}

async function fileOf(name: string, query = ''): Promise<File> {
  const { status, body } = await server.request('GET', `/platform/snapshots/${name}/file${query}`)
  const text = body as string
  assert.equal(status, 200, text)
  const lines = text.trimEnd().split('\n')
  const [head, ...rest] = lines.map(line => JSON.parse(line) as never)
  const tables: File['tables'] = []
  for (const line of rest.slice(0, -1) as (SnapshotRow | SnapshotTable)[])
    if (Array.isArray(line)) tables.at(-1)!.rows.push(line)
    else tables.push({ ...line, rows: [] } as never)
  const { end } = rest.at(-1)! as { end: File['end'] }
  const told = text.slice(0, text.lastIndexOf('{"end"'))
  assert.equal(end.sha256, createHash('sha256').update(told).digest('hex'))
  return { head: head!, tables, end, text }
}

async function upload({ head, tables, end }: Omit<File, 'text'>, name: string): Promise<Answer> {
  const begun = await there('POST', '/platform/snapshots/uploads', { head, name })
  if (begun.status !== 201) return begun
  const base = `/platform/snapshots/uploads/${(begun.body as { upload: string }).upload}`
  for (const { table, columns, rows } of tables) {
    const answer = await there('POST', `${base}/rows`, { table, columns, rows })
    if (answer.status !== 204) {
      await there('DELETE', base)
      return answer
    }
  }
  return there('POST', `${base}/end`, { rows: end.rows })
}

const snapshotSchemas = async () =>
  (await db.query(sql`select from pg_namespace where starts_with(nspname, 'snapshot_')`)).length

before(async () => {
  await ask('POST', '/data/$collections', {
    name: 'lists',
    fields: { title: { type: 'text', unique: true } },
  })
  await ask('POST', '/data/$collections', {
    name: 'things',
    flexible: true,
    fields: {
      title: { type: 'text', required: true },
      contact: { type: 'email', pii: true },
      amount: { type: 'decimal' },
      ratio: { type: 'number' },
      at: { type: 'timestamp' },
      tags: { type: 'text', list: true },
      where: { type: 'geopoint' },
      extra: { type: 'json' },
      shout: { type: 'text', computed: "doc.title + '!'" },
      list: { type: 'relation', to: 'lists' },
      before: { type: 'relation', to: 'things' },
    },
    indexes: [{ fields: ['title'], kind: 'trigram' }, { fields: ['list', '-at'] }],
    policies: { list: 'public("everybody")', update: 'auth.uid == doc.contact' },
  })
  await ask('PATCH', '/data/$collections/users', { fields: { nick: { type: 'text' } } })
  const [list] = (await ask('POST', '/data/lists', [{ title: 'é\n"x"\\' }])) as unknown as { id: string }[]
  const [first] = (await ask('POST', '/data/things', [
    {
      title: 'a',
      contact: 'ada@example.com',
      amount: '123456789012345678901234567890.12345',
      ratio: 0.1,
      at: '2026-01-02T03:04:05.678901Z',
      tags: ['a,b', '"', 'null'],
      where: { lat: 52.1, lng: 4.3 },
      extra: { a: [1, null, { b: 'c' }] },
      list: list!.id,
      unknown: { deep: true },
    },
  ])) as unknown as { id: string }[]
  await ask('POST', '/data/things', [{ title: 'b', before: first!.id }])
  await ask('POST', '/auth/users', { email: 'ada@example.com', emailVerified: true, password, name: 'Ada' })
  await ask('PATCH', '/auth/settings', {
    appName: 'Shared',
    providers: { github: { clientId: 'ours', clientSecret: 'hush-of-github' } },
  })
  await ask('POST', '/platform/snapshots', { name: 'first' })
})

test('another environment becomes what a file tells: personal values made up, and no secret in it', async () => {
  const file = await fileOf('first')
  assert.deepEqual(
    [file.head.cloudboxSnapshot, file.head.from, file.head.values, file.head.passwords],
    [1, 'test/dev', 'made-up', false],
  )
  for (const secret of [
    'ada@example.com',
    'Ada"',
    'hush-of-github',
    '$argon2',
    '$2b$',
    'cb_secret',
    'BEGIN ',
  ])
    assert.ok(!file.text.includes(secret), secret)
  const tables = file.tables.map(({ table }) => table)
  assert.deepEqual(tables.toSorted(), [
    ...['auth_mail_templates', 'auth_settings', 'lists', 'schema_migrations', 'things', 'users'],
  ])
  const loaded = await upload(file, 'from-file')
  assert.equal(loaded.status, 201, JSON.stringify(loaded.body))
  assert.equal((await there('GET', '/data/things')).status, 404, 'nothing is there before it is restored')
  const restored = await there('POST', '/platform/snapshots/from-file/restore', { confirm: 'theirs' })
  assert.equal(restored.status, 200, JSON.stringify(restored.body))

  assert.deepEqual(await rowsOf(theirs, 'lists'), await rowsOf(environment.schema, 'lists'))
  const things = (await there('GET', '/data/things?order=title')).body as Record<string, unknown>[]
  const original = (await server.request('GET', '/data/things?order=title')).body as Record<string, unknown>[]
  const { contact, ...rest } = things[0]!
  const { contact: real, ...same } = original[0]!
  assert.deepEqual(rest, same)
  assert.notEqual(contact, real)
  assert.match(String(contact), /@/)
  const structure = async (answer: Promise<Answer>) => (await answer).body as { collections: object }
  assert.deepEqual(
    (await structure(there('GET', '/schema'))).collections,
    (await structure(server.request('GET', '/schema'))).collections,
  )
  const settings = (await there('GET', '/auth/settings')).body as { appName: string; providers: object }
  assert.equal(settings.appName, 'Shared')
  assert.deepEqual(settings.providers, { github: { clientId: '', clientSecret: '', settings: {} } })
  // What compares rows is there, too, and structure goes on from it.
  assert.equal(code(await there('POST', '/data/lists', { title: 'é\n"x"\\' })), 'data/conflict')
  const changed = await there('PATCH', '/data/$collections/lists', { fields: { more: { type: 'text' } } })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
})

test('personal values and passwords come only when they are asked for, and then to the letter', async () => {
  const refused = await server.request('GET', '/platform/snapshots/first/file?passwords=true')
  assert.equal(code(refused), 'platform/confirmation-needed')
  const file = await fileOf('first', '?values=as-they-are&passwords=true')
  assert.equal(file.tables.at(-1)!.table, 'auth_passwords')
  assert.equal((await upload(file, 'whole')).status, 201)
  await there('POST', '/platform/snapshots/whole/restore', { confirm: 'theirs' })
  for (const table of ['lists', 'things', 'users', 'auth_passwords'])
    assert.deepEqual(await rowsOf(theirs, table), await rowsOf(environment.schema, table), table)
  const { body } = await there('GET', '/data/things?order=title')
  assert.deepEqual(body, (await server.request('GET', '/data/things?order=title')).body)
  const keys = await owner.ask('POST', '/projects/shop/environments/theirs/keys', { kind: 'publishable' })
  const signedIn = await fetch(`${server.url}/shop/theirs/v1/auth/sign-in`, {
    method: 'POST',
    headers: { apikey: (keys.body as { key: string }).key, 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password }),
  })
  assert.equal(signedIn.status, 200, await signedIn.text())
})

test('what is none of a file is refused, and leaves neither snapshot nor schema', async () => {
  const file = await fileOf('first')
  const schemas = await snapshotSchemas()
  const bent = (bend: (copy: File) => void): File => {
    const copy = structuredClone(file)
    bend(copy)
    return copy
  }
  const tableIn = ({ tables }: File, name: string) => tables.find(({ table }) => table === name)!
  const collections = ({ head }: File) => head.parts['data'] as { name: string; fields: object }[]
  const cases: [string, File, string][] = [
    ['a row less', bent(copy => tableIn(copy, 'things').rows.pop()), 'platform/invalid-snapshot'],
    [
      'a value that is none',
      bent(copy => (tableIn(copy, 'things').rows[0]![0] = 'no-uuid')),
      'platform/invalid-snapshot',
    ],
    [
      'a row that is short',
      bent(copy => tableIn(copy, 'things').rows[0]!.pop()),
      'platform/invalid-snapshot',
    ],
    [
      'a table of ours',
      bent(copy => copy.tables.push({ table: 'auth_sessions', columns: ['id'], rows: [] })),
      'platform/invalid-snapshot',
    ],
    [
      'a field it does not have',
      bent(copy => (tableIn(copy, 'lists').columns as string[]).push('x')),
      'platform/invalid-snapshot',
    ],
    [
      'a relation that points nowhere',
      bent(copy => {
        tableIn(copy, 'lists').rows.pop()
        copy.end.rows['lists'] = 0
      }),
      'platform/invalid-snapshot',
    ],
    [
      'a collection that is none',
      bent(copy => void ((collections(copy)[0]!.fields as unknown) = 1)),
      'platform/invalid-snapshot',
    ],
    [
      'a collection of the platform',
      bent(copy => (collections(copy)[0]!.name = 'auth_sessions')),
      'data/invalid-collection',
    ],
    [
      'a later format',
      bent(copy => ((copy.head as { cloudboxSnapshot: number }).cloudboxSnapshot = 2)),
      'platform/snapshot-too-new',
    ],
    [
      'a later migration',
      bent(copy => ((copy.head.levels as Record<string, number>)['data'] = 999)),
      'platform/snapshot-too-new',
    ],
    [
      'a part nobody knows',
      bent(copy => ((copy.head.parts as Record<string, unknown>)['storage'] = {})),
      'platform/snapshot-too-new',
    ],
  ]
  for (const [what, bad, wanted] of cases) {
    const answer = await upload(bad, 'bad')
    assert.equal(code(answer), wanted, `${what}: ${JSON.stringify(answer.body)}`)
  }
  const { snapshots } = (await there('GET', '/platform/snapshots')).body as { snapshots: { name: string }[] }
  assert.ok(!snapshots.some(({ name }) => name === 'bad'))
  assert.equal(await snapshotSchemas(), schemas)
  const taken = await there('POST', '/platform/snapshots/uploads', { head: file.head, name: 'whole' })
  assert.equal(code(taken), 'platform/name-taken')
})

test('a reader that goes away and an upload that is given up leave nothing', async () => {
  const schemas = await snapshotSchemas()
  const leaving = new AbortController()
  const response = await fetch(`${server.environmentUrl}/v1/platform/snapshots/first/file`, {
    headers: { apikey: server.secretKey },
    signal: leaving.signal,
  })
  assert.equal(response.status, 200)
  leaving.abort()
  await response.text().catch(() => undefined)
  while ((await snapshotSchemas()) !== schemas) await new Promise(resolve => setTimeout(resolve, 10))

  const { head } = await fileOf('first')
  await there('POST', '/platform/snapshots/uploads', { head, name: 'abandoned' })
  assert.equal(await snapshotSchemas(), schemas + 1)
  await db.query(sql`
    update cloudbox.platform_snapshots set made_at = now() - interval '16 minutes' where name = 'abandoned'`)
  const again = await there('POST', '/platform/snapshots/uploads', { head, name: 'abandoned' })
  assert.equal(again.status, 201, JSON.stringify(again.body))
  assert.equal(await snapshotSchemas(), schemas + 1)
  const base = `/platform/snapshots/uploads/${(again.body as { upload: string }).upload}`
  assert.equal(
    (await server.request('POST', `${base}/end`, { body: { rows: {} } })).status,
    404,
    'of another one',
  )
  assert.equal((await there('DELETE', base)).status, 204)
  assert.equal(await snapshotSchemas(), schemas)
  assert.equal(code(await there('POST', `${base}/end`, { rows: {} })), 'platform/not-found')
})

test('a file of an older CloudBox is brought up to date', async () => {
  const file = await fileOf('first')
  const older = structuredClone(file)
  // The last migration of accounts made a table that no file holds.
  const levels = older.head.levels as Record<string, number>
  levels['auth'] = levels['auth']! - 1
  const loaded = await upload(older, 'older')
  assert.equal(loaded.status, 201, JSON.stringify(loaded.body))
  assert.equal((await there('POST', '/platform/snapshots/older/restore', { confirm: 'theirs' })).status, 200)
})

test('a key needs the permissions for all that is in a file', async () => {
  const keys = '/projects/shop/environments/theirs/keys'
  const keyWith = async (scope: object) => {
    const { status, body } = await owner.ask('POST', keys, { kind: 'secret', name: 'scoped', scope })
    assert.equal(status, 201, JSON.stringify(body))
    return (body as { key: string }).key
  }
  const statusOf = async (key: string) =>
    (await fetch(`${server.url}/shop/theirs/v1/platform/snapshots/whole/file`, { headers: { apikey: key } }))
      .status
  assert.equal(await statusOf(await keyWith({ permissions: ['environments.change'] })), 403)
  const all = ['environments.change', 'collections.read', 'documents.read', 'users.read', 'accounts.read']
  assert.equal(await statusOf(await keyWith({ permissions: all })), 200)
})
