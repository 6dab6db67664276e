import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { printTypes } from '../project/print-types.ts'
import { composeApp } from './compose.ts'
import { listTemplates } from './templates.ts'

const templates = await listTemplates()
const shared = join(templates[0]!.folder, '..', '_shared')

test('the types of the starters are those of their schema', async () => {
  const { default: schema } = (await import(join(shared, 'cloudbox/schema.ts'))) as {
    default: { collections: readonly CollectionDefinition[] }
  }
  assert.equal(await readFile(join(shared, 'cloudbox/types.ts'), 'utf8'), printTypes(schema.collections))
})

for (const template of templates)
  test(`${template.name}: what its texts name is there, and its scripts do what the guide says`, async () => {
    const app = await composeApp(template, { name: 'my-app', packages: {} })
    for (const path of Object.keys(template.manifest.files))
      assert.ok(app.has(path), `${path} is named, but not there`)
    const { scripts, cloudbox, devDependencies } = JSON.parse(app.get('package.json')!.toString()) as {
      scripts: Record<string, string>
      cloudbox: { env: { file: string; prefix?: string } }
      devDependencies: Record<string, string>
    }
    assert.match(scripts['dev']!, /^cloudbox dev --run ".+"$/)
    assert.ok(scripts['start'] ?? scripts['preview'], 'what is built has to be served somehow')
    assert.ok('cloudbox-cli' in devDependencies)
    assert.match(app.get('.gitignore')!.toString(), new RegExp(`^${cloudbox.env.file}$`, 'm'))
    // What is shared has one source.
    for (const [from, to] of Object.entries(template.manifest.shared))
      assert.ok(!existsSync(join(template.folder, to)), `${to} is ${from} of _shared`)
  })
