import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '../failure.ts'
import { appFolder } from '../testing/app-folder.ts'
import { loadMigrations } from './load-migrations.ts'
import { loadModule } from './load-module.ts'
import { loadSchema } from './load-schema.ts'

const refused = (said: RegExp) => (error: unknown) =>
  error instanceof Failure && said.test(`${error.body.code} ${error.body.detail} ${error.body.hint ?? ''}`)

test('a file is loaded with what it imports, again when it changes, and leaves nothing behind', async t => {
  const app = appFolder(t)
  app.write('cloudbox/part.ts', 'export enum Color { red = 3 }\n')
  app.write(
    'cloudbox/a.ts',
    `import { Color } from './part.ts'\nexport default { is: Color.red as number }\n`,
  )
  const path = join(app.folder, 'a.ts')
  assert.deepEqual(await loadModule(app, path), { is: 3 })
  app.write('cloudbox/part.ts', 'export enum Color { red = 4 }\n')
  assert.deepEqual(await Promise.all([loadModule(app, path), loadModule(app, path)]), [{ is: 4 }, { is: 4 }])
  assert.deepEqual(readdirSync(join(app.state, 'build')), [])
})

test('what is wrong with a schema is told with its line', async t => {
  const app = appFolder(t)
  await assert.rejects(
    loadSchema(app),
    refused(/^cli\/no-schema There is no cloudbox\/schema\.ts\..*schema pull/),
  )
  const head = `import { defineSchema, t } from '@cloudbox/client/schema'\n`
  for (const [text, said] of [
    ['export default defineSchema({\n  a: {\n', /schema\.ts:\d:\d+: .*end of file/],
    [
      'export default defineSchema({\n  a: { fields: { b: t.text(), b: t.integer() } },\n})\n',
      /schema\.ts:3:31: Duplicate key "b"/,
    ],
    [
      'export default defineSchema({\n  a: { fields: {\n    b: t.relation("c") } },\n})\n',
      /schema\.ts:4:5: a\.fields\.b: there is no collection c/,
    ],
    [
      'const a = { fields: {}, polices: {} }\nexport default defineSchema({ a })\n',
      /schema\.ts:2:25: a\.polices: a collection takes/,
    ],
    [
      'const most = {}\nexport default defineSchema({ a: { fields: {\n  b: t.text({ maxx: 2 }) } } })\n',
      /schema\.ts:4:\d+: maxx: t\.text takes/,
    ],
    ['const a: any = null\nexport default defineSchema({ a: a.b })\n', /schema\.ts:3:\d+: Cannot read prop/],
    ['export const a = 1\n', /schema\.ts exports nothing by default\. End it with/],
    ['export default 3\n', /is no schema\. export default defineSchema/],
    [
      `import x from 'not-there'\nexport default x\n`,
      /cloudbox\/schema\.ts imports not-there, which is not installed\. npm install not-there/,
    ],
    [`import x from './gone.ts'\nexport default x\n`, /schema\.ts:2:15: Could not resolve "\.\/gone\.ts"/],
    ['throw new Error("no")\n', /schema\.ts:2:7: no/],
  ] as const) {
    app.write('cloudbox/schema.ts', head + text)
    await assert.rejects(
      loadSchema(app),
      (error: unknown) => {
        assert.match((error as Failure).body.detail + ' ' + ((error as Failure).body.hint ?? ''), said)
        return (error as Failure).body.code === 'cli/cannot-load'
      },
      text,
    )
  }
})

test('migrations come in the order of their names, with their functions', async t => {
  const app = appFolder(t)
  assert.deepEqual(await loadMigrations(app), [])
  assert.equal(existsSync(join(app.folder, 'migrations')), false)
  const head = `import { changeField, migration, sql, t } from '@cloudbox/client/schema'\n`
  app.write(
    'cloudbox/migrations/2_b.ts',
    `${head}export default migration({ parents: ['1_a'], operations: [sql({ up: 'x' }), changeField('a', 'b', t.text(), { using: row => row.b })] })\n`,
  )
  app.write('cloudbox/migrations/1_a.ts', `${head}export default migration({ operations: [] })\n`)
  app.write('cloudbox/migrations/readme.md', '')
  const files = await loadMigrations(app)
  assert.deepEqual(
    files.map(({ name, parents }) => [name, parents]),
    [
      ['1_a', []],
      ['2_b', ['1_a']],
    ],
  )
  assert.equal(files[1]!.transforms[1]!({ b: 7 }), 7)
  app.write(
    'cloudbox/migrations/3_c.ts',
    `${head}export default migration({\n  operations: [\n    'x',\n  ],\n} as never)\n`,
  )
  await assert.rejects(
    loadMigrations(app),
    refused(/3_c\.ts:4:5: operations\.0: an operation is made with a function/),
  )
  app.write('cloudbox/migrations/3_c.ts', 'export default {}')
  await assert.rejects(loadMigrations(app), refused(/is no migration/))
  app.write('cloudbox/migrations/3 c.ts', 'export default {}')
  await assert.rejects(loadMigrations(app), refused(/a migration is named with/))
})
