import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { SessionReply, User } from '@cloudbox/protocol/auth'
import type { KnownProvider, WaysIn } from '@cloudbox/protocol/auth-admin'
import type { MailboxList } from '@cloudbox/protocol/auth-mail'
import { join, password, setUpOwner } from '../../../testing/management.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', '/projects/shop/environments', { name: 'dev', dev: true })
const ask = async <T>(method: string, path: string, body?: unknown) => {
  const answer = await owner.askIn('shop/dev', method, path, body)
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
  return answer.body as T
}
const { key: apikey } = (
  await owner.ask('POST', '/projects/shop/environments/dev/keys', { kind: 'publishable' })
).body as { key: string }
const url = `${server.url}/shop/dev/v1`

test('what lets a user in: password, identities, passkeys and factors', async () => {
  const email = 'eva@example.com'
  const { id } = await ask<User>('POST', '/auth/users', {
    email,
    password,
    emailVerified: true,
    identities: [{ provider: 'github', subject: '4711' }],
  })
  const send = async (path: string, body: object, token?: string) =>
    (
      await fetch(url + path, {
        method: 'POST',
        headers: {
          apikey,
          'content-type': 'application/json',
          ...(token && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
      })
    ).json() as Promise<SessionReply>
  const { accessToken } = await send('/auth/sign-in', { email, password })
  await send('/auth/factors', { kind: 'totp', name: 'Phone' }, accessToken)

  const found = await ask<WaysIn>('GET', `/auth/users/${id}/ways-in`)
  assert.equal(found.password, true)
  assert.deepEqual(
    found.identities.map(({ provider, subject }) => [provider, subject]),
    [['github', '4711']],
  )
  assert.deepEqual(
    found.factors.map(({ name, verified }) => [name, verified]),
    [['Phone', false]],
  )
  assert.deepEqual(found.passkeys, [])

  const bare = await ask<User>('POST', '/auth/users', { email: 'bare@example.com' })
  const nothing = { password: false, identities: [], passkeys: [], factors: [] }
  assert.deepEqual(await ask('GET', `/auth/users/${bare.id}/ways-in`), nothing)
  const nobody = await owner.askIn('shop/dev', 'GET', '/auth/users/nobody/ways-in')
  assert.equal((nobody.body as { code: string }).code, 'auth/user-not-found')
})

test('providers: what each needs, how far it is set up, and those in use first', async () => {
  const list = async () => (await ask<{ providers: KnownProvider[] }>('GET', '/auth/providers')).providers
  const unused = await list()
  assert.ok(unused.length > 40, `${unused.length} providers`)
  assert.ok(unused.every(({ state }) => state === 'unused'))
  const find = (id: string) => unused.find(provider => provider.id === id)!
  assert.equal(find('google').redirectUri, `${url}/auth/callback/google`)
  assert.deepEqual(find('google').settings, [])
  assert.deepEqual(
    [find('apple').settings, find('apple').takesSecret],
    [['teamId', 'keyId', 'privateKey'], false],
  )
  assert.deepEqual(find('keycloak').settings, ['domain', 'realm'])

  await ask('PATCH', '/auth/settings', {
    providers: {
      keycloak: { clientId: 'shop', clientSecret: 'hush' },
      github: { clientId: 'shop', clientSecret: 'hush' },
      gitlab: { clientId: 'shop', clientSecret: 'hush', enabled: false },
      ours: { kind: 'oidc', clientId: 'shop', clientSecret: 'hush', settings: { name: 'Our id' } },
    },
  })
  const used = (await list()).filter(({ state }) => state !== 'unused')
  assert.deepEqual(
    used.map(({ id, state }) => [id, state]),
    [
      ['github', 'ready'],
      ['keycloak', 'incomplete'],
      ['ours', 'incomplete'],
      ['gitlab', 'off'],
    ],
  )
  assert.deepEqual(used.find(({ id }) => id === 'ours')!.settings, ['issuer'])
  assert.doesNotMatch(JSON.stringify(used), /hush/)
  assert.equal((await list())[4]!.state, 'unused')
})

test('a mail is sent to try it, and operators who may change users find it in the mailbox', async () => {
  const to = 'tests@example.com'
  const sent = await owner.askIn('shop/dev', 'POST', '/auth/mail-templates/reset-password/test?language=de', {
    to,
  })
  assert.equal(sent.status, 202)
  const elsewhere = { 'x-forwarded-for': '203.0.113.7' }
  const look = (token: string) =>
    fetch(`${url}/auth/mailbox/messages`, { headers: { ...elsewhere, authorization: `Bearer ${token}` } })
  const mine = async () => (await (await look(owner.token)).json()) as MailboxList
  let { messages } = await mine()
  for (let tries = 0; messages.length === 0 && tries < 400; tries++) ({ messages } = await mine())
  assert.deepEqual(
    messages.map(({ to, kind, language }) => [to, kind, language]),
    [[to, 'reset-password', 'de']],
  )
  const viewer = await join(server, owner, 'acme', 'vera@example.com', 'viewer')
  const refused = await look(viewer.token)
  assert.deepEqual(
    [refused.status, ((await refused.json()) as { code: string }).code],
    [403, 'platform/not-allowed'],
  )
})

test('words of a mail are shown before they are kept, and told what is wrong with them', async () => {
  const words = {
    subject: 'Hi {{ email }}',
    html: '<a href="{{ link }}">{{ appName }}</a>',
    text: '{{ link }}',
  }
  const shown = await ask<typeof words>('POST', '/auth/mail-templates/invite/preview', words)
  assert.equal(shown.subject, 'Hi ada@example.com')
  assert.match(shown.html, />shop<\/a>/)
  const wrong = await owner.askIn('shop/dev', 'POST', '/auth/mail-templates/invite/preview', {
    ...words,
    subject: '{{ nonsense }}',
  })
  assert.equal((wrong.body as { code: string }).code, 'auth/invalid-template')
  const { isOwn } = await ask<{ isOwn: boolean }>('GET', '/auth/mail-templates/invite')
  assert.equal(isOwn, false)
})

test('a project and an environment that are asked for tell what one may do there', async () => {
  const permissions = async (as: typeof owner, path = '/projects/shop/environments/dev') => {
    const { body } = await as.ask('GET', path)
    return (body as { permissions: string[] }).permissions
  }
  assert.ok((await permissions(owner)).includes('environments.delete'))
  const narrow = await join(server, owner, 'acme', 'nora@example.com', 'viewer')
  assert.ok(!(await permissions(narrow)).includes('users.change'))
  await owner.ask('PATCH', `/organisations/acme/members/${narrow.id}`, {
    places: [{ project: 'shop', environment: 'dev', role: 'developer' }],
  })
  assert.ok((await permissions(narrow)).includes('users.change'))
  assert.ok(!(await permissions(narrow, '/projects/shop')).includes('users.change'))
  assert.ok((await permissions(owner, '/projects/shop')).includes('projects.change'))
})
