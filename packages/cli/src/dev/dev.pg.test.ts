import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { appFolder, type AppFolder } from '../testing/app-folder.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

interface DevEvent {
  readonly event: string
  readonly [name: string]: unknown
}

interface Dev {
  readonly process: ChildProcess
  /** Waits for the next event of a kind; everything before it is passed over. */
  next(event: string): Promise<DevEvent>
  stop(): Promise<number | null>
}

const running: Dev[] = []
after(() => Promise.all(running.map(dev => dev.stop())))

function startDev(app: AppFolder, ...args: string[]): Dev {
  const child = spawn(process.execPath, [main, 'dev', '--json', ...args], {
    cwd: app.root,
    env: {
      ...process.env,
      XDG_CONFIG_HOME: app.root,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/the-apps-own',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  let complaint = ''
  child.stderr.on('data', text => (complaint += String(text)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const dev: Dev = {
    process: child,
    next: async event => {
      for (;;) {
        const { value, done } = await lines.next()
        if (done === true) throw new Error(`It ended before "${event}": ${complaint}`)
        const told = JSON.parse(value) as DevEvent
        if (told.event === event) return told
        assert.notEqual(told.event, 'failed', value)
      }
    },
    stop: async () => {
      if (child.exitCode === null) child.kill('SIGINT')
      const [code] = await exited
      return code
    },
  }
  running.push(dev)
  return dev
}

/** Runs another command beside it. */
async function cloudbox(
  app: AppFolder,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = { cwd: app.root, env: { ...process.env, XDG_CONFIG_HOME: app.root } }
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [main, ...args], options)) }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

/** Signs in as the console does that a link opens. */
async function projectsOfOwner(consoleUrl: string): Promise<string[]> {
  const { origin, pathname, hash } = new URL(consoleUrl)
  assert.equal(pathname, '/console/projects/to-do/dev')
  const [email, password] = JSON.parse(
    Buffer.from(hash.slice('#owner='.length), 'base64url').toString(),
  ) as string[]
  const ask = async (path: string, init: RequestInit = {}) =>
    (await fetch(origin + path, init)).json() as Promise<unknown>
  const { accounts } = (await ask('/v1/platform')) as { accounts: { path: string; publishableKey: string } }
  const { accessToken } = (await ask(`${accounts.path}/v1/auth/sign-in`, {
    method: 'POST',
    headers: { apikey: accounts.publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })) as { accessToken: string }
  const headers = { authorization: `Bearer ${accessToken}` }
  const { projects } = (await ask('/v1/platform/organisations/local/projects', { headers })) as {
    projects: { name: string }[]
  }
  return projects.map(({ name }) => name)
}

const schema = (fields: string) => `import { defineSchema, t } from '@cloudbox/client/schema'

// These are mine.
export default defineSchema({ todos: { fields: { ${fields} }, policies: { list: 'public("test")' } } })
`

const app = appFolder({ after })

test('an app is followed: saves are applied, what others change is written back, what is dropped comes back', async t => {
  app.write(
    'package.json',
    '{ "name": "@acme/To Do", "cloudbox": { "env": { "file": ".env", "prefix": "VITE_" } } }',
  )
  app.write('.env', 'SECRET=1\n')
  app.write('cloudbox/schema.ts', schema('title: t.text({ required: true }), note: t.text()'))
  app.write('cloudbox/types.ts', '')
  app.write('cloudbox/seed/todos.json', '[{ "title": "Bread" }, { "title": "Tea" }]')
  const dev = startDev(app)
  assert.match(JSON.stringify(await dev.next('schema')), /Create collection todos/)
  const ready = (await dev.next('ready')) as DevEvent & {
    environmentUrl: string
    publishableKey: string
    secretKey: string
    consoleUrl: string
  }
  assert.match(ready.environmentUrl, /^http:\/\/localhost:\d+\/to-do\/dev$/)
  assert.deepEqual(await projectsOfOwner(ready.consoleUrl), ['to-do'])
  assert.equal(
    app.read('.env'),
    `SECRET=1\nVITE_CLOUDBOX_URL=${ready.environmentUrl}\nVITE_CLOUDBOX_KEY=${ready.publishableKey}\n`,
  )
  assert.match(app.read('cloudbox/types.ts'), /note/)
  assert.equal(app.read('.cloudbox/.gitignore'), '*\n')
  if (process.platform !== 'win32')
    assert.equal(statSync(join(app.root, '.cloudbox', 'dev.json')).mode & 0o777, 0o600)
  const ask = async <T>(method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${ready.environmentUrl}/v1${path}`, {
      method,
      headers: { apikey: ready.secretKey, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    assert.ok(answer.ok, `${answer.status} ${method} ${path}`)
    return (await answer.json()) as T
  }

  await t.test('seeds: at the first start, and when one is saved', async () => {
    const titles = async () => {
      const { length } = await ask<unknown[]>('GET', '/data/todos')
      return length
    }
    assert.equal(await titles(), 2)
    app.write('cloudbox/seed/todos.json', '[{ "title": "Bread" }, { "title": "Tea" }, { "title": "Jam" }]')
    const { files } = await dev.next('seed')
    assert.deepEqual(files, [{ file: 'cloudbox/seed/todos.json', created: 1, changed: 0, unchanged: 2 }])
    assert.equal(await titles(), 3)
  })

  await t.test('a change through the API', async () => {
    const fields = {
      title: { type: 'text', required: true },
      note: { type: 'text' },
      done: { type: 'boolean' },
    }
    await ask('PATCH', '/data/$collections/todos', { fields })
    assert.deepEqual((await dev.next('schema-file'))['state'], 'changed')
    assert.equal(
      app.read('cloudbox/schema.ts'),
      schema('title: t.text({ required: true }), note: t.text(), done: t.boolean()'),
    )
  })

  await t.test('a field that is dropped, and brought back by the command that is told', async () => {
    await ask('POST', '/data/todos', { title: 'Milk', note: 'two' })
    app.write('cloudbox/schema.ts', schema('title: t.text({ required: true }), done: t.boolean()'))
    const { plan } = await dev.next('trashed')
    const undone = await cloudbox(app, 'schema', 'undo', String(plan))
    assert.deepEqual([undone.code, undone.stderr], [0, ''])
    await dev.next('schema-file')
    assert.match(app.read('cloudbox/schema.ts'), /note: t\.text\(\)/)
    const [todo] = await ask<object[]>('GET', '/data/todos?select=note')
    assert.deepEqual(todo, { note: 'two' })
  })

  await t.test('a mistake is told with its place, and the next save is applied', async () => {
    const good = app.read('cloudbox/schema.ts')
    app.write('cloudbox/schema.ts', `${good}}`)
    await assert.rejects(dev.next('schema'), /cloudbox\/schema\.ts:5:1/)
    app.write('cloudbox/schema.ts', good.replace('done: t.boolean()', 'done: t.boolean(), rank: t.integer()'))
    assert.match(JSON.stringify(await dev.next('schema')), /rank/)
  })

  await t.test('a second one in the same folder says who runs', async () => {
    const second = await cloudbox(app, 'dev', '--json')
    assert.equal(second.code, 1)
    const { error } = JSON.parse(second.stdout) as { error: { code: string; detail: string } }
    assert.equal(error.code, 'cli/runs-already')
    assert.match(error.detail, new RegExp(`${ready.environmentUrl} \\(process ${dev.process.pid}\\)`))
  })

  await t.test('a neighbour takes another port; the same app gets its own again', async () => {
    const other = startDev(appFolder({ after }), '--run', 'node -e "setInterval(() => {}, 1e9)"')
    const { url } = await other.next('ready')
    assert.notEqual(url, new URL(ready.environmentUrl).origin)
    assert.equal(await other.stop(), 0)
    assert.equal(await dev.stop(), 0)
    const again = startDev(app)
    assert.equal((await again.next('ready'))['environmentUrl'], ready.environmentUrl)
    assert.equal(await again.stop(), 0)
  })
})

test("the app's own program runs beside it, with what it needs to know, and all it starts ends with it", async () => {
  const other = appFolder({ after })
  const grandchild = `node -e "console.log('pid', process.pid); setInterval(() => {}, 1e9)"`
  other.write('package.json', '{ "name": "other" }')
  const dev = startDev(other, '--run', `echo $CLOUDBOX_URL; ${grandchild} & wait`)
  const { environmentUrl } = await dev.next('ready')
  assert.equal((await dev.next('output'))['line'], environmentUrl)
  const pid = Number(String((await dev.next('output'))['line']).replace('pid ', ''))
  assert.doesNotThrow(() => process.kill(pid, 0))
  assert.equal(await dev.stop(), 0)
  assert.throws(() => process.kill(pid, 0))
  assert.ok(existsSync(join(other.root, 'cloudbox', 'schema.ts')))

  const ended = startDev(other, '--run', 'exit 3')
  await ended.next('output-ended')
  assert.equal((await once(ended.process, 'exit'))[0], 3)
})

test('once is enough to know whether a schema applies', async () => {
  const other = appFolder({ after })
  other.write('package.json', '{ "name": "once" }')
  assert.equal((await cloudbox(other, 'dev', '--once')).code, 0)
  other.write('cloudbox/schema.ts', schema('owner: t.relation("nobodys")'))
  const failed = await cloudbox(other, 'dev', '--once')
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /nobodys/)
})
