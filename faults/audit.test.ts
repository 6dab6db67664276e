import assert from 'node:assert/strict'
import { faultTest, rounds } from './testing/fault-test.ts'
import { startServerProcess, type ServerProcess } from './testing/server-process.ts'

const kills = 6 * rounds
/** Changes under way at each kill. */
const writers = 20
const owner = { email: 'owner@example.com', password: 'correct horse battery staple' }

interface Entry {
  readonly action: string
  readonly subject: string
}

faultTest(
  'the server killed between changes and their commits: no change without its entry, no entry without its change',
  async (t, random) => {
    const flags = ['--owner-email', owner.email, '--owner-password', owner.password]
    const server = await startServerProcess(t, { argv: flags })
    let isStopping = false
    t.after(() => void (isStopping = true))
    let made = 0
    let underWay = 0
    let lost = 0
    const answered = new Set<string>()
    let token = await signIn(server)

    const write = async (writer: number) => {
      while (!isStopping) {
        const name = `w${writer}-p${made++}`
        underWay++
        const status = await ask(server, token, 'POST', '/organisations/default/projects', { name })
          .then(answer => answer.status)
          .catch(() => 0)
        underWay--
        if (status === 201) answered.add(name)
        else lost++
        if (status !== 201) await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
    const all = Array.from({ length: writers }, (_, i) => write(i))
    for (let kill = 0; kill < kills; kill++) {
      const before = answered.size
      while (answered.size < before + random.integer(1, 60))
        await new Promise(resolve => setTimeout(resolve, random.integer(0, 7)))
      await server.kill()
      await server.start()
      token = await signIn(server)
    }
    isStopping = true
    await Promise.all(all)

    const { body: list } = await ask(server, token, 'GET', '/organisations/default/projects')
    const there = (list as { projects: { name: string }[] }).projects.map(({ name }) => name)
    const exported = await ask(
      server,
      token,
      'GET',
      '/organisations/default/audit/export?action=project.created',
    )
    const entries = (exported.body as string)
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Entry)
    const told = entries.map(({ subject }) => subject).filter(name => name.startsWith('w'))
    assert.deepEqual(there.filter(name => name.startsWith('w')).toSorted(), told.toSorted())
    for (const name of answered) assert.ok(there.includes(name), `${name} was answered`)
    const { body: verdict } = await ask(server, token, 'GET', '/organisations/default/audit/verify')
    assert.equal((verdict as { isWhole: boolean }).isWhole, true, JSON.stringify(verdict))
    t.diagnostic(`${kills} kills, ${answered.size} changes answered, ${lost} cut off, ${underWay} under way`)
  },
)

async function signIn(server: ServerProcess): Promise<string> {
  const { accounts } = (await ask(server, '', 'GET', '')).body as {
    accounts: { path: string; publishableKey: string }
  }
  const response = await fetch(`http://localhost:${server.port}${accounts.path}/v1/auth/sign-in`, {
    method: 'POST',
    headers: { apikey: accounts.publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify(owner),
  })
  const { accessToken } = (await response.json()) as { accessToken: string }
  return accessToken
}

async function ask(
  server: ServerProcess,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://localhost:${server.port}/v1/platform${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return { status: response.status, body: isJson ? JSON.parse(text) : text }
}
