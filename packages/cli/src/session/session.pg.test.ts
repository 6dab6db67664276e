import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { NewFactorReply } from '@cloudbox/protocol/auth-factors'
import { totp } from '@cloudbox/server/modules/auth/factors/totp'
import { join as joinOrganisation, password, setUpOwner, signIn } from '@cloudbox/server/testing/management'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { cloudbox, type CloudBox } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
const home = '_platform/production'
const publishableKey = await server.server().platform.ensurePublishableKey(
  server
    .server()
    .platform.environments()
    .find(({ project, name }) => `${project}/${name}` === home)!.id,
)

const fileOf = (box: CloudBox) => join(box.folder, 'cloudbox', 'sessions.json')
interface Kept {
  current: string | null
  byServer: Record<string, { accessToken: string; refreshToken: string; endsAtMs: number }>
}
const kept = (box: CloudBox) => JSON.parse(readFileSync(fileOf(box), 'utf8')) as Kept
/** As if its token had ended. */
function age(box: CloudBox): void {
  const sessions = kept(box)
  for (const session of Object.values(sessions.byServer)) session.endsAtMs = 0
  writeFileSync(fileOf(box), JSON.stringify(sessions))
}

test('somebody at a terminal signs in, is known, and signs out', async t => {
  const box = cloudbox(t, server.url)
  const before = await box('whoami')
  assert.equal(before.code, 1)
  assert.match(before.stderr, /not signed in/)
  assert.match(before.stderr, /cloudbox login/)
  assert.equal(
    (await box('whoami --json')).json<{ error: { code: string } }>().error.code,
    'cli/not-signed-in',
  )

  const signedIn = await box('login', { types: [owner.email, password] })
  assert.equal(signedIn.code, 0, signedIn.stderr)
  assert.match(signedIn.stdout, /Signed in to .* as owner@example\.com/)
  assert.ok(!`${signedIn.stdout}${signedIn.stderr}`.includes(password), 'a password is never shown')
  if (process.platform !== 'win32') {
    assert.equal(statSync(fileOf(box)).mode & 0o777, 0o600)
    assert.equal(statSync(join(box.folder, 'cloudbox')).mode & 0o777, 0o700)
  }
  const who = await box('whoami --json')
  assert.deepEqual(
    who
      .json<{ email: string; organisations: { name: string; role: string }[] }>()
      .organisations.map(one => one.role),
    ['owner'],
  )
  const { accessToken } = kept(box).byServer[server.url]!
  const withToken = cloudbox(t, server.url)
  assert.equal((await withToken('whoami', { environment: { CLOUDBOX_TOKEN: accessToken } })).code, 0)
  assert.equal((await box('whoami --token')).stdout, `${accessToken}\n`)

  assert.equal((await box('logout')).code, 0)
  assert.deepEqual(kept(box), { current: null, byServer: {} })
  const ended = await withToken('whoami --json', { environment: { CLOUDBOX_TOKEN: accessToken } })
  assert.equal(ended.json<{ error: { code: string } }>().error.code, 'auth/session-ended')
  assert.equal((await box('logout')).code, 0, 'twice is the same')
})

test('without a terminal nothing is asked, and what is missing is named', async t => {
  const box = cloudbox(t, server.url)
  const noEmail = await box('login')
  assert.deepEqual([noEmail.code, noEmail.stdout], [2, ''])
  assert.match(noEmail.stderr, /CLOUDBOX_EMAIL/)
  const noPassword = await box('login --email ada@example.com')
  assert.equal(noPassword.code, 2)
  assert.match(noPassword.stderr, /CLOUDBOX_PASSWORD/)
  const wrong = await box('login', {
    environment: { CLOUDBOX_EMAIL: owner.email, CLOUDBOX_PASSWORD: 'wrong horse' },
  })
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /auth\/wrong-credentials/)
  assert.ok(!existsSync(fileOf(box)))
  const gone = await box('login --url http://127.0.0.1:9')
  assert.match(gone.stderr, /No server answers at http:\/\/127\.0\.0\.1:9/)
})

test('many commands at once renew a session once, and none loses it', async t => {
  const box = cloudbox(t, server.url)
  await box.signIn()
  age(box)
  // Left behind by a command that was killed.
  writeFileSync(join(box.folder, 'cloudbox', 'sessions.lock'), '999999999 gone\n')
  const before = kept(box).byServer[server.url]!.refreshToken
  const all = await Promise.all(Array.from({ length: 5 }, () => box.spawn('whoami --json')))
  assert.deepEqual(
    all.map(({ code }) => code),
    [0, 0, 0, 0, 0],
    all.map(({ stderr }) => stderr).join('\n'),
  )
  assert.notEqual(kept(box).byServer[server.url]!.refreshToken, before)
  const [row] = await server.db.query<{ most: number }>({
    text: `select max(counter) as most from "_platform__production".auth_sessions`,
    values: [],
  })
  assert.equal(Number(row!.most), 1, 'renewed once')
  assert.ok(!existsSync(join(box.folder, 'cloudbox', 'sessions.lock')))
})

test('a session that has ended is forgotten, and says so', async t => {
  const box = cloudbox(t, server.url)
  await box.signIn()
  await server.db.query({
    text: `update "_platform__production".auth_sessions set ends_at = now()`,
    values: [],
  })
  age(box)
  const ended = await box('whoami')
  assert.equal(ended.code, 1)
  assert.match(ended.stderr, /Sign in again/)
  assert.deepEqual(kept(box).byServer, {}, 'it is of no use any more')
})

test('a second factor is asked for, and half a sign-in leaves nothing', async t => {
  // The sessions of before have ended.
  const ada = await joinOrganisation(
    server,
    await signIn(server, owner.email),
    'acme',
    'ada@example.com',
    'viewer',
  )
  const early = cloudbox(t, server.url)
  await early.signIn('ada@example.com')
  const ask = async (path: string, body: unknown) => {
    const response = await fetch(`${server.url}/${home}/v1/auth${path}`, {
      method: 'POST',
      headers: {
        apikey: publishableKey,
        authorization: `Bearer ${ada.token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    assert.ok(response.ok, await response.clone().text())
    return response.json()
  }
  const { id, secret } = (await ask('/factors', { kind: 'totp', name: 'Phone' })) as NewFactorReply
  const step = () => Math.floor(Date.now() / 30_000)
  await ask(`/factors/${id}/verify`, { code: totp(bytesOf(secret), step() - 1) })

  const tooWeak = await early('whoami')
  assert.equal(tooWeak.code, 1)
  assert.match(tooWeak.stderr, /Sign in again: cloudbox login http/)
  assert.match(tooWeak.stderr, /auth\/step-up-needed/)
  const box = cloudbox(t, server.url)
  const environment = { CLOUDBOX_EMAIL: 'ada@example.com', CLOUDBOX_PASSWORD: password }
  const without = await box('login', { environment })
  assert.equal(without.code, 2)
  assert.match(without.stderr, /--code CODE or CLOUDBOX_CODE/)
  const wrong = await box('login --code 000000', { environment })
  assert.match(wrong.stderr, /auth\/wrong-code/)
  assert.ok(!existsSync(fileOf(box)))
  const good = await box('login', { types: ['ada@example.com', password, totp(bytesOf(secret), step())] })
  assert.equal(good.code, 0, good.stderr)
  assert.match(good.stderr, /Code of Phone/)
  assert.equal((await box('whoami')).code, 0)
  const [, claims] = kept(box).byServer[server.url]!.accessToken.split('.')
  assert.equal((JSON.parse(Buffer.from(claims!, 'base64url').toString()) as { aal: number }).aal, 2)
})

test('sessions that cannot be read are told, not written over', async t => {
  const box = cloudbox(t, server.url)
  await box.signIn()
  writeFileSync(fileOf(box), '{ "half')
  const broken = await box('whoami')
  assert.equal(broken.code, 1)
  assert.match(broken.stderr, /cli\/sessions-broken/)
  assert.equal(readFileSync(fileOf(box), 'utf8'), '{ "half')
})

function bytesOf(base32: string): Buffer {
  const bits = [...base32]
    .map(letter => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  return Buffer.from(bits.match(/.{8}/g)!.map(byte => Number.parseInt(byte, 2)))
}
