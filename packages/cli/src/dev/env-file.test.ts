import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Failure } from '../failure.ts'
import { projectName } from './app-name.ts'
import { envFileOf, namedVariables, withConstants, withVariables } from './env-file.ts'

const values = namedVariables({ url: 'http://localhost:8090/app/dev', publishableKey: 'cb_pub_1' }, 'VITE_')

test('variables replace their own lines and leave all others alone', () => {
  const whole = 'VITE_CLOUDBOX_URL=http://localhost:8090/app/dev\nVITE_CLOUDBOX_KEY=cb_pub_1\n'
  assert.equal(withVariables('', values), whole)
  assert.equal(withVariables(whole, values), whole)
  assert.equal(withVariables('A=1', values), `A=1\n${whole}`)
  const known = '# mine\nexport VITE_CLOUDBOX_KEY = old # x\nMY_VITE_CLOUDBOX_KEY=keep\n\nB=$2 $&\n'
  assert.equal(
    withVariables(known, values),
    '# mine\nVITE_CLOUDBOX_KEY=cb_pub_1\nMY_VITE_CLOUDBOX_KEY=keep\n\nB=$2 $&\nVITE_CLOUDBOX_URL=http://localhost:8090/app/dev\n',
  )
  const windows = 'VITE_CLOUDBOX_URL=old\r\nC=1\r\n'
  assert.equal(
    withVariables(windows, values),
    'VITE_CLOUDBOX_URL=http://localhost:8090/app/dev\r\nC=1\r\nVITE_CLOUDBOX_KEY=cb_pub_1\r\n',
  )
})

test('a module gets constants', () => {
  const text = "export const production = false\nexport const cloudboxUrl = ''\n"
  assert.equal(
    withConstants(text, { cloudboxUrl: 'http://a', cloudboxKey: 'k' }),
    "export const production = false\nexport const cloudboxUrl = 'http://a'\nexport const cloudboxKey = 'k'\n",
  )
})

test('package.json says which file, of this folder alone', async t => {
  assert.equal(await envFileOf(folderWith(t, { name: 'app' })), undefined)
  const env = { file: '.env.local', prefix: 'VITE_' }
  assert.deepEqual(await envFileOf(folderWith(t, { cloudbox: { env } })), env)
  for (const wrong of [
    { file: '../.env' },
    { file: '/etc/passwd' },
    { file: 1 },
    { file: '.env', prefix: 'A B' },
    {},
  ])
    await assert.rejects(
      envFileOf(folderWith(t, { cloudbox: { env: wrong } })),
      error => error instanceof Failure && error.body.code === 'cli/usage',
      JSON.stringify(wrong),
    )
})

test('names of apps become names of projects', () => {
  for (const [text, name] of [
    ['my-app', 'my-app'],
    ['@acme/My App', 'my-app'],
    ['Café_Ümläut', 'cafe-umlaut'],
    ['2048-game', 'game'],
    ['日本', 'app'],
    ['docs', 'app-docs'],
    ['a'.repeat(40), 'a'.repeat(28)],
    [`${'a'.repeat(27)}-b`, 'a'.repeat(27)],
  ] as const)
    assert.equal(projectName(text), name)
})

function folderWith(t: TestContext, manifest: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'cloudbox-env-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  return folder
}
