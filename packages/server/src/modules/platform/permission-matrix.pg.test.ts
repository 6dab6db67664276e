import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  allows,
  builtInRoleNames,
  builtInRoles,
  isBuiltInRole,
  type Permission,
} from '@cloudbox/protocol/permissions'
import type { Route } from '../../kernel/route.ts'
import { startTestServer, type Answer } from '../../testing/start-test-server.ts'
import { join, setUpOwner, type TestOperator } from '../../testing/management.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', '/projects/shop/environments', { name: 'live', dev: true })
const operators = new Map<string, TestOperator>([['owner', owner]])
for (const role of builtInRoleNames.filter(name => name !== 'owner'))
  operators.set(role, await join(server, owner, 'acme', `${role}@example.com`, role))
const outsider = await (async () => {
  await owner.ask('POST', '/organisations', { name: 'other' })
  return join(server, owner, 'other', 'outsider@example.com', 'owner')
})()

const { routes } = server.server()
const decided = routes.filter(({ contract }) => contract.access !== 'anyone')

/** An address of the route in which everything that has to be there is there, and nothing else. */
function address(route: Route): string {
  const named: Record<string, string> = { organisation: 'acme', project: 'shop', environment: 'live' }
  return route.path.replaceAll(/:(\w+)/g, (_, name: string) => named[name] ?? 'nothing-of-that-name')
}

function send(operator: TestOperator, route: Route): Promise<Answer> {
  const { method } = route
  // What has no body is refused before anything is changed: by the permission first, by the shape then.
  const body = method === 'GET' || method === 'DELETE' ? undefined : 'neither object nor list'
  return route.contract.scope === 'platform'
    ? operator.ask(method, address(route).replace('/platform', ''), body)
    : operator.askIn('shop/live', method, address(route), body)
}

test('every endpoint says what it takes to call it', () => {
  assert.ok(decided.length > 100, `${decided.length} endpoints`)
  const undecided = decided.filter(({ contract }) => contract.permission === undefined)
  assert.deepEqual(
    undecided.map(({ method, path }) => `${method} ${path}`),
    [],
  )
  for (const { contract, path } of routes)
    if (contract.scope === 'platform' && contract.access !== 'anyone')
      assert.equal(contract.access, 'operator', path)
})

for (const [role, operator] of operators) {
  test(`what a ${role} may and may not, on every endpoint`, async () => {
    assert.ok(isBuiltInRole(role))
    for (const route of decided) {
      const { permission } = route.contract
      if (permission === 'signed-in') continue
      const mayDo = allows(builtInRoles[role], permission as Permission, 'projects/shop/environments/live')
      // Leaving changes who is who for the rest of this test.
      if (mayDo && route.path.endsWith('/leave')) continue
      const { status, body }: Answer = await send(operator, route)
      const what: string = `${role}: ${route.method} ${route.path} answered ${status} ${JSON.stringify(body)?.slice(0, 200)}`
      const { code } = (body ?? {}) as { code?: string }
      if (mayDo) {
        assert.notEqual(code, 'platform/not-allowed', what)
        assert.ok(status !== 401 || code?.startsWith('auth/') === true, what)
        assert.ok(status < 500, what)
      } else {
        assert.equal(status, 403, what)
        assert.equal(code, 'platform/not-allowed', what)
        assert.match((body as { detail: string }).detail, new RegExp(permission as string), what)
      }
    }
  })
}

test('who belongs to another organisation gets what he would get for what is not there', async () => {
  for (const route of decided) {
    const { permission, scope } = route.contract
    if (permission === 'signed-in') continue
    const there = await send(outsider, route)
    const what = `${route.method} ${route.path}`
    if (scope !== 'platform') {
      assert.equal(there.status, 401, what)
      continue
    }
    const elsewhere = address(route)
      .replace('/acme', '/nobody')
      .replace('/shop', '/nobody')
      .replace('/platform', '')
    const body = route.method === 'GET' || route.method === 'DELETE' ? undefined : 'neither object nor list'
    const missing = await outsider.ask(route.method, elsewhere, body)
    const plain = (text: unknown) =>
      JSON.stringify(text, (key, value: unknown) => (key === 'requestId' ? undefined : value)).replaceAll(
        /acme|shop|nobody/g,
        'it',
      )
    assert.equal(there.status, 404, what)
    assert.equal(missing.status, 404, what)
    assert.equal(plain(there.body), plain(missing.body), what)
  }
})

test('a key of another organisation opens nothing here, and is answered like one that was never made', async () => {
  await outsider.ask('POST', '/organisations/other/projects', { name: 'theirs' })
  await outsider.ask('POST', '/projects/theirs/environments', { name: 'live' })
  const made = await outsider.ask('POST', '/projects/theirs/environments/live/keys', { kind: 'secret' })
  const { key } = made.body as { key: string }
  const never = `cb_secret_${'0'.repeat(40)}`
  for (const route of decided.filter(({ contract }) => contract.scope !== 'platform')) {
    const what = `${route.method} ${route.path}`
    const [theirs, nobodys] = await Promise.all(
      [key, never].map(async apikey => {
        const response = await fetch(`${server.url}/shop/live/v1${address(route)}`, {
          method: route.method,
          headers: { apikey },
        })
        const { requestId: _id, ...body } = (await response.json()) as Record<string, unknown>
        return { status: response.status, body }
      }),
    )
    assert.equal(theirs!.status, 401, what)
    assert.deepEqual(theirs, nobodys, what)
  }
})
