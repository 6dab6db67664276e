import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { appFolder } from '../testing/app-folder.ts'
import { cloudbox } from '../testing/cloudbox.ts'
import type { Finding } from './check.ts'
import { judge } from './checks/clock.ts'
import { examine, type Examined } from './examine.ts'
import type { Patient } from './patient.ts'
import { isOlder, isSameRelease } from './versions.ts'
import { whoListens } from './who-listens.ts'

const secret = `cb_secret_${'0f'.repeat(20)}`
const schema = `import { defineSchema, t } from '@cloudbox/client/schema'
export default defineSchema({ todos: { fields: { title: t.text() } } })
`

function appWithDoctor(t: TestContext) {
  const app = appFolder(t)
  const box = cloudbox(t, 'http://127.0.0.1:9')
  const visit = async () => {
    const { code, stdout, stderr } = await box('doctor --json', { cwd: app.root })
    assert.ok(stdout !== '', stderr)
    const { checks } = JSON.parse(stdout) as { checks: Examined[] }
    const of = (name: string) => checks.find(check => check.name === name)?.findings ?? []
    return { code, of }
  }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: app.root, stdio: 'ignore' })
  return { app, box, visit, git }
}

const states = (findings: readonly Finding[]) => findings.map(({ state }) => state)

test('a healthy app has no problem; every finding that is none says what mends it', async t => {
  const { app, box, visit, git } = appWithDoctor(t)
  app.write('cloudbox/schema.ts', schema)
  git('init', '-q')
  app.write('.gitignore', 'node_modules\n.cloudbox/\n')
  const { code, of } = await visit()
  assert.equal(code, 0)
  assert.deepEqual(states(of('schema')), ['ok'])
  assert.deepEqual(states(of('git-ignore')), ['ok'])
  assert.deepEqual(states(of('secret-keys')), ['ok'])
  assert.match(of('postgres-programs')[0]!.found, /^18\./)
  const shown = await box('doctor', { cwd: app.root })
  assert.match(shown.stdout, /^✓ Node +\d+\./)
  assert.equal(shown.code, 0)
})

test('a schema that does not load and types that are not fresh are told with their place', async t => {
  const { app, visit } = appWithDoctor(t)
  app.write('cloudbox/schema.ts', schema)
  app.write('cloudbox/types.ts', '// of yesterday\n')
  const stale = await visit()
  assert.deepEqual(states(stale.of('schema')), ['ok', 'warning'])
  assert.equal(stale.of('schema')[1]!.mend, 'cloudbox types')
  app.write('cloudbox/schema.ts', `${schema}\nconst = 1\n`)
  const broken = await visit()
  assert.equal(broken.code, 1)
  assert.deepEqual(states(broken.of('schema')), ['problem'])
  assert.match(broken.of('schema')[0]!.found, /schema\.ts:4/)
})

test('a secret key is found where bundlers and repositories take it, and nowhere else', async t => {
  const { app, visit, git } = appWithDoctor(t)
  app.write('.env.local', `CLOUDBOX_SECRET_KEY=${secret}\n`)
  app.write('.gitignore', '.env*\n')
  app.write('src/app.ts', `// harmless\nconst key = '${secret}'\n`)
  const walked = (await visit()).of('secret-keys')
  assert.deepEqual(
    walked.map(({ found }) => found),
    ['src/app.ts:2 holds a secret key.'],
  )
  git('init', '-q')
  app.write('src/app.ts', '// harmless\n')
  assert.deepEqual(states((await visit()).of('secret-keys')), ['ok'])
  app.write('.env.local', `A=1\nVITE_KEY=${secret}\n`)
  const [handed] = (await visit()).of('secret-keys')
  assert.match(handed!.found, /^\.env\.local:2 hands a secret key to browsers: bundlers ship VITE_KEY/)
  app.write('.env.local', `KEY=${secret}\n`)
  git('add', '-f', '.env.local')
  const [tracked] = (await visit()).of('secret-keys')
  assert.match(tracked!.found, /^\.env\.local:1 holds a secret key/)
  assert.ok(!JSON.stringify(tracked).includes(secret), 'the report does not hold it either')
})

test('what is kept in .cloudbox/ is for its owner alone and for no repository', async t => {
  const { app, visit, git } = appWithDoctor(t)
  app.write('.cloudbox/dev.json', '{}')
  app.write('.cloudbox/data/cluster.json', '{}')
  chmodSync(`${app.state}/dev.json`, 0o600)
  chmodSync(`${app.state}/data/cluster.json`, 0o644)
  git('init', '-q')
  const first = await visit()
  assert.equal(first.code, 1)
  if (process.platform !== 'win32')
    assert.deepEqual(
      first
        .of('data-folder')
        .slice(1)
        .map(({ mend }) => mend),
      ['chmod 600 .cloudbox/data/cluster.json'],
    )
  assert.deepEqual(states(first.of('git-ignore')), ['problem'])
  git('add', '-f', '.cloudbox/dev.json')
  assert.match((await visit()).of('git-ignore')[0]!.found, /under version control/)
  git('rm', '-q', '--cached', '.cloudbox/dev.json')
  app.write('.gitignore', '.cloudbox\n')
  assert.deepEqual(states((await visit()).of('git-ignore')), ['ok'])
})

test('a port that is taken is told with who has it; the env file and the client are compared', async t => {
  const { app, visit } = appWithDoctor(t)
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  if (process.platform === 'linux')
    assert.match((await whoListens(port))!, new RegExp(`process ${process.pid}`))
  const environmentUrl = `http://localhost:${port}/app/dev`
  app.write('.cloudbox/dev.json', JSON.stringify({ port, environmentUrl, publishableKey: 'cb_pub_1' }))
  app.write(
    'package.json',
    JSON.stringify({
      cloudbox: { env: { file: '.env', prefix: 'VITE_' } },
      dependencies: { '@cloudbox/client': '^0.0.0' },
    }),
  )
  app.write('.env', 'VITE_CLOUDBOX_URL=http://localhost:1/app/dev\nVITE_CLOUDBOX_KEY=cb_pub_1\n')
  const { of } = await visit()
  assert.equal(of('ports')[0]!.state, 'warning')
  assert.match(of('ports')[0]!.found, new RegExp(`^${port}, wanted for "cloudbox dev", is taken by`))
  assert.deepEqual(states(of('env-file')), ['warning'])
  assert.ok(of('versions').some(({ found }) => found.startsWith('@cloudbox/client 0.')))
  app.write('.env', `VITE_CLOUDBOX_URL=${environmentUrl}\nVITE_CLOUDBOX_KEY=cb_pub_1\n`)
  app.write('package.json', JSON.stringify({ dependencies: { '@cloudbox/client': '^9.0.0' } }))
  app.remove('node_modules/@cloudbox/client')
  const missing = (await visit()).of('versions').find(({ state }) => state === 'problem')
  assert.equal(missing?.mend, 'npm install')
})

test('a linked server that does not answer is a problem', async t => {
  const { app, visit } = appWithDoctor(t)
  app.write('cloudbox/link.json', JSON.stringify({ url: 'http://127.0.0.1:9', project: 'shop' }))
  const { code, of } = await visit()
  assert.equal(code, 1)
  assert.match(
    of('linked-server')[0]!.found,
    /^http:\/\/127\.0\.0\.1:9 of cloudbox\/link\.json does not answer/,
  )
})

test('a check that throws or does not end is a finding, and the others are told', async () => {
  const nobody = {} as Patient
  const examined = await examine(
    [
      { name: 'a', title: 'A', look: async () => [{ state: 'ok', found: 'fine' }] },
      { name: 'b', title: 'B', look: () => Promise.reject(new Error('no')) },
      { name: 'c', title: 'C', look: () => new Promise(() => {}) },
      { name: 'd', title: 'D', look: async () => [] },
    ],
    nobody,
    20,
  )
  assert.deepEqual(
    examined.map(({ name, findings }) => [name, findings[0]!.state]),
    [
      ['a', 'ok'],
      ['b', 'problem'],
      ['c', 'problem'],
    ],
  )
})

test('clocks and versions are judged with what cannot be known exactly left out', () => {
  assert.equal(judge('x', 1900, 0).state, 'ok')
  assert.equal(judge('x', 2400, 500).state, 'ok')
  assert.match(judge('x', 2600, 500).found, /2\.6 seconds ahead of/)
  assert.match(judge('x', -90_000, 500).found, /90\.0 seconds behind/)
  assert.equal(isOlder('22.17.1', '22.18'), true)
  assert.equal(isOlder('22.18.0', '22.18'), false)
  assert.equal(isOlder('24.0.0', '22.18'), false)
  assert.equal(isSameRelease('1.2.3', '1.2.9'), true)
  assert.equal(isSameRelease('1.2.3', '1.3.3'), false)
})
