import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import type { Environment } from '../../../kernel/caller.ts'
import { startBranchingServer } from '../../../testing/branching.ts'

const server = await startBranchingServer({ after })
const origin = new URL(server.environmentUrl).origin

/** Asks a branch. */
async function ask(branch: Environment, path: string, headers: Record<string, string>, body?: object) {
  const answer = await fetch(`${origin}/${branch.project}/${branch.name}/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as Record<string, unknown> }
}

const settingsOf = async (branch: Environment) =>
  (await ask(branch, '/auth/settings', { apikey: await server.createKey(branch.id) }))
    .body as unknown as AuthSettings

const given = {
  appName: 'Shop',
  verifyEmail: false,
  smtpUrl: 'smtp://ada:hidden-word@mail.test:25?tls=optional',
  mailFrom: 'Shop <shop@example.com>',
  captcha: { provider: 'turnstile', siteKey: 'site', secret: 'captcha-word' },
  providers: {
    github: { clientId: 'gh', clientSecret: 'github-word' },
    google: { clientId: 'public', scopes: ['email'] },
  },
} as const

test('settings come along without secrets, and what needs one is not set up', async () => {
  assert.equal(
    (await server.request('PATCH', '/auth/settings', { body: { ...given, captcha: null } })).status,
    200,
  )
  assert.equal(
    (await server.request('PATCH', '/auth/settings', { body: { captcha: given.captcha } })).status,
    200,
  )
  const branch = await server.branch('no-secrets')
  const { appName, smtpUrl, mailFrom, captcha, providers } = await settingsOf(branch)
  assert.deepEqual(
    { appName, smtpUrl, mailFrom, captcha, github: providers.github, google: providers.google },
    {
      appName: 'Shop',
      smtpUrl: '',
      mailFrom: given.mailFrom,
      captcha: null,
      github: { ...providers.github, clientId: '', clientSecret: '' },
      google: { ...providers.google, clientId: 'public' },
    },
  )
  assert.deepEqual(await server.run('select secrets::text as sealed from @auth_settings', branch), [
    { sealed: '{}' },
  ])
})

test('secrets that are asked for are sealed for the branch', async () => {
  const branch = await server.branch('with-secrets', { secrets: true })
  const { smtpUrl, captcha, providers } = await settingsOf(branch)
  assert.deepEqual([smtpUrl, captcha?.secret, providers.github?.clientSecret], ['•••', '•••', '•••'])
  const sealed = 'select secrets::text as sealed from @auth_settings'
  const [own, original] = [
    await server.run<{ sealed: string }>(sealed, branch),
    await server.run<{ sealed: string }>(sealed),
  ]
  const [box, originalBox] = [own, original].map(rows =>
    Buffer.from((JSON.parse(rows[0]!.sealed) as { smtpUrl: string }).smtpUrl, 'base64'),
  )
  const { vault } = server.kernel
  assert.equal(vault.open(branch.id, 'auth-setting smtpUrl', box!).toString(), given.smtpUrl)
  assert.throws(() => vault.open(branch.id, 'auth-setting smtpUrl', originalBox!))
  assert.throws(() => vault.open(server.environment.id, 'auth-setting smtpUrl', box!))
})

test('mail templates come along', async () => {
  const template = { subject: 'Enter', html: '<a href="{{ link }}">in</a>', text: '{{ link }}' }
  assert.equal(
    (await server.request('PUT', '/auth/mail-templates/magic-link?language=fr', { body: template })).status,
    200,
  )
  const branch = await server.branch('templates', { data: 'none' })
  const templates = 'select * from @auth_mail_templates'
  assert.deepEqual(await server.run(templates, branch), await server.run(templates))
  assert.equal((await server.run(templates, branch)).length, 1)
})

test('no token of the original is good in a branch, and none of a branch in the original', async () => {
  await server.request('PATCH', '/auth/settings', { body: { captcha: null } })
  const headers = { apikey: server.publishableKey }
  const body = { email: 'ada@real.test', password: 'correct horse battery' }
  const signedUp = await server.request('POST', '/auth/sign-up', { headers, body })
  const session = signedUp.body as { session: { accessToken: string; refreshToken: string } }
  assert.equal(signedUp.status, 200, JSON.stringify(signedUp.body))
  const branch = await server.branch('tokens')
  const apikey = await server.createKey(branch.id, 'publishable')
  const testToken = await server.token('0198c0de-0000-7000-8000-00000000000a')
  for (const token of [session.session.accessToken, testToken]) {
    assert.equal(
      (
        await server.request('GET', '/data/users', {
          headers: { ...headers, authorization: `Bearer ${token}` },
        })
      ).status,
      200,
    )
    const refused = await ask(branch, '/data/users', { apikey, authorization: `Bearer ${token}` })
    assert.deepEqual([refused.status, refused.body.code], [401, 'auth/token-invalid'])
  }
  const { refreshToken } = session.session
  const refreshed = await ask(branch, '/auth/refresh', { apikey }, { refreshToken })
  assert.equal(refreshed.status, 401, JSON.stringify(refreshed.body))
  const own = await ask(
    branch,
    '/auth/test-token',
    { apikey: await server.createKey(branch.id) },
    { uid: '0198c0de-0000-7000-8000-00000000000a' },
  )
  const back = await server.request('GET', '/data/users', {
    headers: { ...headers, authorization: `Bearer ${own.body.token as string}` },
  })
  assert.equal(back.status, 401)
  const signIn = await ask(branch, '/auth/sign-in', { apikey }, body)
  assert.equal(signIn.body.code, 'auth/wrong-credentials', 'there is no such user and no password')
})

test('nothing that lets somebody in, and nothing of what happened, reaches a branch', async () => {
  const branch = await server.branch('bare', { secrets: true })
  const tables = (
    await server.run<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = '${branch.schema}' and tablename like 'auth\\_%' order by 1`,
    )
  ).map(({ name }) => name)
  assert.ok(tables.length > 10)
  for (const table of tables) {
    const copied = ['auth_settings', 'auth_mail_templates'].includes(table)
    const [{ n } = { n: 0 }] = await server.run<{ n: number }>(
      `select count(*)::int as n from @${table}`,
      branch,
    )
    assert.equal(n > 0, copied, table)
  }
  const originals = await server.run<{ n: number }>(
    `select (select count(*)::int from @auth_passwords) * (select count(*)::int from @auth_sessions) * (select count(*)::int from @auth_audit) as n`,
  )
  assert.ok(originals[0]!.n > 0)
})

test('people sign in to a branch by its mailbox, under their made-up address', async () => {
  const branch = await server.branch('sign-in')
  const apikey = await server.createKey(branch.id)
  const [user] = await server.run<{ id: string; email: string }>('select id, email from @users', branch)
  assert.match(user!.email, /@example\.com$/)
  const asked = await ask(branch, '/auth/otp', { apikey }, { email: user!.email, kind: 'code' })
  assert.ok(asked.status < 300, JSON.stringify(asked))
  let mails: { to: string; code: string }[] = []
  while (mails.length === 0)
    mails = (await ask(branch, '/auth/mailbox/messages', { apikey })).body.messages as typeof mails
  assert.deepEqual([mails.length, mails[0]!.to], [1, user!.email])
  const { code } = mails[0]!
  const signedIn = await ask(branch, '/auth/verify', { apikey }, { email: user!.email, code })
  assert.deepEqual([signedIn.status, (signedIn.body.user as { id: string }).id], [200, user!.id])
})
