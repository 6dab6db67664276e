import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { password, setUpOwner } from '@cloudbox/server/testing/management'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { installPacked } from './install.ts'

const folder = mkdtempSync(join(tmpdir(), 'cloudbox-pack-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
// Everything is compiled and installed.
before(() => installPacked(folder), { timeout: 600_000 })

const isWindows = process.platform === 'win32'
const modules = join(folder, 'node_modules')
const bin = join(modules, '.bin', isWindows ? 'cloudbox.cmd' : 'cloudbox')
const execute = promisify(execFile)

test('the command line runs as npm installs it, without install scripts', async t => {
  const server = await startTestServer({ after: work => t.after(work) })
  const owner = await setUpOwner(server)
  const cloudbox = async (...args: string[]) =>
    execute(bin, args, {
      shell: isWindows,
      env: {
        ...process.env,
        XDG_CONFIG_HOME: folder,
        CLOUDBOX_URL: server.url,
        CLOUDBOX_EMAIL: owner.email,
        CLOUDBOX_PASSWORD: password,
      },
    })
  const manifest = readFileSync(join(modules, 'cloudbox-cli', 'package.json'), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  assert.equal((await cloudbox('--version')).stdout, `${version}\n`)
  await cloudbox('login')
  const { email } = JSON.parse((await cloudbox('whoami', '--json')).stdout) as { email: string }
  assert.equal(email, owner.email)
})

test('a Node that is too old gets one line', () => {
  const file = join(modules, 'cloudbox-cli', 'dist', 'cloudbox.cjs')
  for (const [node, isGood] of [
    ['4.9.1', false],
    ['16.20.2', false],
    ['22.17.1', false],
    ['22.18.0', true],
    ['26.0.0', true],
  ] as const) {
    const preload = join(folder, `node-${node}.cjs`)
    writeFileSync(preload, `Object.defineProperty(process.versions, 'node', { value: '${node}' })`)
    const ran = spawnSync(process.execPath, ['--require', preload, file, '--version'], { encoding: 'utf8' })
    const told = isGood ? '' : `cloudbox needs Node 22.18 or newer; this is ${node}.\n`
    assert.deepEqual([ran.status, ran.stderr], [isGood ? 0 : 1, told], node)
  }
  // What an old Node reads before it ends must be older than itself.
  assert.doesNotMatch(readFileSync(file, 'utf8'), /=>|\b(const|let|import|async|await|class)\b|[`?]/)
})

test('the server starts from its package, alone and with workers, and the client talks to it', async t => {
  for (const workers of [1, 2]) {
    const { environmentUrl, publishableKey, secretKey } = await startInstalled(t, workers)
    const docs = await fetch(`${environmentUrl}/v1/docs`)
    assert.equal(docs.status, 200)
    const asked = await fetch(`${environmentUrl}/v1/data/$collections`, {
      method: 'POST',
      headers: { apikey: secretKey, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'todos', fields: { title: { type: 'text' } }, policies: policies }),
    })
    assert.equal(asked.status, 201, await asked.text())
    const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', useClient], {
      cwd: folder,
      env: { ...process.env, URL: environmentUrl, KEY: publishableKey },
    })
    assert.deepEqual(JSON.parse(stdout), { inserted: null, heard: ['Milk'] })
  }
})

test('an app is run by the installed command line: its schema is applied and requests are answered', async () => {
  const app = join(folder, 'dev-app')
  mkdirSync(join(app, 'cloudbox'), { recursive: true })
  writeFileSync(join(app, 'package.json'), '{ "name": "dev-app" }')
  writeFileSync(join(app, 'cloudbox', 'schema.ts'), appSchema)
  const ask = `node -e "fetch(process.env.CLOUDBOX_URL + '/v1/data/notes', { headers: { apikey: process.env.CLOUDBOX_KEY } }).then(async r => console.log(r.status, await r.text()))"`
  const { stdout } = await execute(bin, ['dev', '--json', '--port', '0', '--run', ask], {
    cwd: app,
    shell: isWindows,
  })
  const events = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { event: string; line?: string })
  assert.deepEqual(
    events.map(({ event }) => event),
    ['schema', 'ready', 'output', 'output-ended'],
  )
  assert.equal(events.find(({ event }) => event === 'output')!.line, '200 []')
})

test('the types of the client are whole: for bundlers and for Node, without anything else installed', async () => {
  const app = join(folder, 'app')
  mkdirSync(app)
  writeFileSync(join(app, 'app.ts'), consumer)
  const tsc = fileURLToPath(import.meta.resolve('typescript/lib/tsc.js'))
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'] },
      ...{ module, moduleResolution, types: [], skipLibCheck: false },
    }
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['app.ts'] }))
    const { stdout } = await execute(process.execPath, [tsc, '-p', app]).catch(
      (error: unknown) => error as never,
    )
    assert.equal(stdout, '', moduleResolution)
  }
})

test('a box for tests starts from its package, with the Postgres it keeps', async t => {
  const state = join(folder, 'boxes')
  t.after(async () => {
    const { pid } = JSON.parse(readFileSync(join(state, 'keeper.json'), 'utf8')) as { pid: number }
    process.kill(pid, 'SIGTERM')
    while (isThere(pid)) await new Promise(resolve => setTimeout(resolve, 20))
  })
  const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', useBox], {
    cwd: folder,
    env: { ...process.env, STATE: state, CLOUDBOX_TEST_DATABASE_URL: '' },
  })
  assert.deepEqual(JSON.parse(stdout), [{ title: 'Milk' }])
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const useBox = `
import { createCloudBox } from '@cloudbox/testing'
import { defineSchema, t } from '@cloudbox/client/schema'
const schema = defineSchema({
  todos: { fields: { title: t.text() }, policies: { list: 'auth.uid != null', create: 'auth.uid != null' } },
})
await using box = await createCloudBox({ folder: process.env.STATE, schema })
const ada = await box.as('ada')
await ada.collection('todos').insert({ title: 'Milk' }).orThrow()
const { data } = await ada.collection('todos').select('title').orThrow()
process.stdout.write(JSON.stringify(data))
`

const appSchema = `
import { defineSchema, t } from '@cloudbox/client/schema'
export default defineSchema({ notes: { fields: { text: t.text() }, policies: { list: 'public("test")' } } })
`

const policies = { list: 'public("test")', create: 'public("test")' }

const useClient = `
import { createClient } from '@cloudbox/client'
const box = createClient(process.env.URL, process.env.KEY)
const heard = new Promise(resolve => {
  box.collection('todos').subscribe(({ data }) => data.length > 0 && resolve(data.map(({ title }) => title)))
})
const { error } = await box.collection('todos').insert({ title: 'Milk' })
process.stdout.write(JSON.stringify({ inserted: error, heard: await heard }))
process.exit()
`

const consumer = `
import { createClient, type AuthOptions, type User } from '@cloudbox/client'
import '@cloudbox/client/auth-element'
import { defineSchema, t, type SchemaOf } from '@cloudbox/client/schema'

const schema = defineSchema({
  todos: { fields: { title: t.text({ required: true, max: 200 }), done: t.boolean({ default: false }) } },
})
const box = createClient<SchemaOf<typeof schema>>('http://localhost:8090/app/dev', 'cb_pub_')
export async function titles(): Promise<string[]> {
  const { data, error } = await box.collection('todos').eq('done', false).limit(5)
  if (error !== null) throw error
  // @ts-expect-error no such field
  await box.collection('todos').eq('finished', false)
  return data.map(({ title }) => title)
}
export const email = (user: User): string | null => user.email
// @ts-expect-error it is a boolean
export const wrong = (options: AuthOptions): string => options.signUp
`

interface Ready {
  readonly environmentUrl: string
  readonly publishableKey: string
  readonly secretKey: string
}

async function startInstalled(t: TestContext, workers: number): Promise<Ready> {
  const main = join(modules, '@cloudbox', 'server', 'dist', 'main.js')
  const args = [
    '--json',
    '--port',
    '0',
    '--data-dir',
    join(folder, `data-${workers}`),
    '--workers',
    `${workers}`,
  ]
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGTERM')
    await ended
  })
  for await (const line of createInterface(child.stdout)) return JSON.parse(line) as Ready
  throw new Error('The server ended before it was ready.')
}
