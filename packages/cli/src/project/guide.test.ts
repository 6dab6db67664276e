import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { appFolder } from '../testing/app-folder.ts'
import { loadMigrations } from './load-migrations.ts'
import { schemaFrom } from './load-schema.ts'

const guide = (name: string) =>
  readFileSync(new URL(`../../../../docs/guide/${name}.md`, import.meta.url), 'utf8')
const blocks = (text: string) => [...text.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code!)

test('the schemas of the guide are schemas', async t => {
  const app = appFolder(t)
  const schemas = blocks(guide('schema')).filter(code => code.includes('defineSchema('))
  assert.equal(schemas.length, 2)
  for (const code of schemas) assert.ok((await schemaFrom(app, code)).collections.length > 0)
})

test('the migrations of the guide are migrations', async t => {
  const app = appFolder(t)
  const migrations = blocks(guide('schema')).filter(code => code.includes('migration('))
  assert.ok(migrations.length > 0)
  for (const [i, code] of migrations.entries()) app.write(`cloudbox/migrations/${i}.ts`, code)
  for (const { operations } of await loadMigrations(app)) assert.ok(operations.length > 0)
})
