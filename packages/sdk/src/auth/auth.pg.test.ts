import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import {
  cookieStorage,
  createClient,
  memoryStorage,
  type AuthStorage,
  type ClientOptions,
} from '../client.ts'
import { randomFrom } from './testing/simulated-tabs.ts'

const server = await startTestServer({ after })
await server.request('PATCH', '/auth/settings', { body: { verifyEmail: false, anonymous: true } })
await server.request('POST', '/data/$collections', {
  body: {
    name: 'notes',
    fields: { title: { type: 'text' }, owner: { type: 'text', default: { cel: 'auth.uid' } } },
    policies: { list: 'doc.owner == auth.uid', create: 'auth.uid != null' },
  },
})

let accounts = 0
const password = 'correct horse'

function connect(t: TestContext, options: ClientOptions = {}) {
  const box = createClient<{ notes: { id: string; title: string; owner: string } }>(
    server.environmentUrl,
    server.publishableKey,
    options,
  )
  t.after(() => box.close())
  const events: string[] = []
  box.auth.onAuthStateChange((event, session) => events.push(`${event} ${session?.user.email ?? null}`))
  return { box, events, email: `user${++accounts}@example.com` }
}

/** The link that was mailed last, once it is there. */
async function mailedLink(email: string): Promise<URL> {
  for (;;) {
    const { body } = await server.request('GET', '/auth/mailbox/messages')
    const { messages } = body as { messages: { id: string; to: string; link: string | null }[] }
    const mail = messages.find(({ to, id }) => to === email && !seenMails.has(id))
    if (mail?.link) {
      seenMails.add(mail.id)
      return new URL(mail.link)
    }
    await setTimeout(20)
  }
}
const seenMails = new Set<string>()

/** Another tab as far as storage goes: it has no lock and no channel with the first. */
const shared = (): AuthStorage => memoryStorage()

test('signing up and in speaks for the user from then on, and signing out for nobody', async t => {
  const { box, events, email } = connect(t)
  assert.deepEqual((await box.auth.getSession()).data, { session: null })
  const signedUp = await box.auth.signUp({ email, password, name: 'Ada', metadata: { theme: 'dark' } })
  assert.equal(signedUp.data?.user?.name, 'Ada', signedUp.error?.message)
  assert.equal(signedUp.data.confirmationSent, false)
  const { data: note } = await box.collection('notes').insert({ title: 'mine' })
  assert.equal(note?.owner, signedUp.data.user.id)
  assert.equal((await box.auth.getUser()).data?.user?.email, email)
  const { error } = await box.auth.signOut()
  assert.equal(error, null)
  assert.equal((await box.collection('notes').insert({ title: 'x' })).error?.code, 'data/not-allowed')
  const wrong = await box.auth.signInWithPassword({ email, password: 'wrong' })
  assert.deepEqual([wrong.error?.code, wrong.data], ['auth/wrong-credentials', null])
  const signedIn = await box.auth.signInWithPassword({ email, password })
  assert.equal(signedIn.data?.user.id, signedUp.data.user.id)
  assert.equal((await box.collection('notes')).data?.length, 1)
  assert.deepEqual(events, [
    'INITIAL_SESSION null',
    `SIGNED_IN ${email}`,
    'SIGNED_OUT null',
    `SIGNED_IN ${email}`,
  ])
})

test('a session is found again where it was stored, and changes of the user are told', async t => {
  const storage = shared()
  const { box, email } = connect(t, { auth: { storage } })
  await box.auth.signUp({ email, password })
  const again = connect(t, { auth: { storage } })
  const { data } = await again.box.auth.getSession()
  assert.equal(data?.session?.user.email, email)
  const changed = await again.box.auth.updateUser({ name: 'Bea' })
  assert.equal(changed.data?.user.name, 'Bea', changed.error?.message)
  assert.equal((await again.box.auth.getSession()).data?.session?.user.name, 'Bea')
  assert.deepEqual(again.events, [`INITIAL_SESSION ${email}`, `USER_UPDATED ${email}`])
})

test('a refused token is refreshed and the request sent again', async t => {
  const requests: string[] = []
  const expire = { once: false }
  const { box, events, email } = connect(t, {
    async fetch(input, init) {
      requests.push(String(input).replace(/.*\/v1/, ''))
      if (!expire.once || !String(input).includes('/data/')) return fetch(input, init)
      expire.once = false
      return Response.json({ code: 'auth/token-expired', detail: 'It ended.' }, { status: 401 })
    },
  })
  await box.auth.signUp({ email, password })
  expire.once = true
  requests.length = 0
  const { error } = await box.collection('notes')
  assert.equal(error, null)
  assert.deepEqual(requests, ['/data/notes', '/auth/refresh', '/data/notes'])
  assert.equal(events.at(-1), `TOKEN_REFRESHED ${email}`)
})

test('a session ended on another device signs out once, whatever is asked', async t => {
  const { box, events, email } = connect(t)
  await box.auth.signUp({ email, password })
  const other = connect(t).box
  await other.auth.signInWithPassword({ email, password })
  const { data: devices } = await other.auth.sessions.list()
  assert.equal(devices?.length, 2)
  const { error } = await other.auth.sessions.revoke(devices.find(({ current }) => !current)!.id)
  assert.equal(error, null)
  const answers = await Promise.all([box.collection('notes'), box.collection('notes'), box.auth.getUser()])
  for (const { error } of answers) assert.equal(error?.code, 'auth/session-ended')
  assert.deepEqual(events.slice(2), ['SIGNED_OUT null'])
  assert.deepEqual((await box.auth.getSession()).data, { session: null })
})

test('a stolen refresh token ends the session', async t => {
  const storage = shared()
  const { box, events, email } = connect(t, { auth: { storage } })
  const { data } = await box.auth.signUp({ email, password })
  const stolen = data!.session!.refreshToken
  for (let times = 0; times < 2; times++) assert.equal((await box.auth.refreshSession()).error, null)
  const theft = await server.request('POST', '/auth/refresh', {
    body: { refreshToken: stolen },
    headers: { apikey: server.publishableKey },
  })
  assert.equal(theft.status, 401)
  assert.equal((await box.auth.refreshSession()).error?.code, 'auth/session-ended')
  assert.equal(events.at(-1), 'SIGNED_OUT null')
})

test('a session that was opened elsewhere is taken over', async t => {
  const { box, email } = connect(t)
  const { data } = await box.auth.signUp({ email, password })
  const other = connect(t)
  const taken = await other.box.auth.setSession({ refreshToken: data!.session!.refreshToken })
  assert.equal(taken.data?.user.email, email)
  assert.equal((await other.box.auth.getUser()).data?.user?.email, email)
  const refused = await connect(t).box.auth.setSession({ refreshToken: 'cbr_x' })
  assert.equal(refused.error?.code, 'auth/refresh-token-invalid')
})

test('without a network nobody is signed out', async t => {
  let isOffline = false
  const { box, events, email } = connect(t, {
    fetch: (...call) => (isOffline ? Promise.reject(new TypeError('offline')) : fetch(...call)),
  })
  await box.auth.signUp({ email, password })
  isOffline = true
  assert.equal((await box.auth.getUser()).error?.code, 'client/network')
  isOffline = false
  assert.equal((await box.auth.getUser()).data?.user?.email, email)
  assert.deepEqual(events, ['INITIAL_SESSION null', `SIGNED_IN ${email}`])
})

test('an account without credentials becomes a real one; a client told to throws', async t => {
  const { box, email } = connect(t, { throwOnError: true })
  const { data } = await box.auth.signInAnonymously()
  assert.equal(data?.user.isAnonymous, true)
  await box.auth.updateUser({ email, password })
  await box.auth.signOut()
  const again = await box.auth.signInWithPassword({ email, password })
  assert.equal(again.data?.user.id, data.user.id)
  await assert.rejects(box.auth.signInWithPassword({ email, password: 'x' }), {
    code: 'auth/wrong-credentials',
  })
})

test('a code sent to a phone signs in, and another adds a second number', async t => {
  await server.request('PATCH', '/auth/settings', { body: { phoneCode: true } })
  const { box, events } = connect(t)
  const codeFor = async (phone: string) => {
    for (let tries = 0; tries < 200; tries++) {
      const { body } = await server.request('GET', '/auth/mailbox/messages')
      const { messages } = body as { messages: { to: string; code: string }[] }
      const message = messages.find(({ to }) => to === phone)
      if (message !== undefined) return message.code
      await setTimeout(25)
    }
    throw new Error(`no message came to ${phone}`)
  }
  const [phone, second] = ['+491701234567', '+491701234568']
  assert.equal((await box.auth.signInWithOtp({ phone })).error, null)
  const { data } = await box.auth.verifyOtp({ phone, code: await codeFor(phone) })
  assert.equal(data?.user.phone, phone)
  assert.equal((await box.auth.updateUser({ phone: second })).data?.confirmationSent, true)
  const changed = await box.auth.verifyPhone({ phone: second, code: await codeFor(second) })
  assert.equal(changed.data?.user.phone, second, changed.error?.message)
  assert.ok(events.some(event => event.startsWith('USER_UPDATED')))
})

test('a live query follows who is signed in', async t => {
  const { box, email } = connect(t)
  const seen: string[][] = []
  let hear: () => void = () => {}
  box.collection('notes').subscribe(({ data, meta }) => {
    if (meta.status !== 'live') return
    seen.push(data.map(({ title }) => title))
    hear()
  })
  const until = async (isThere: () => boolean) => {
    while (!isThere()) await new Promise<void>(resolve => (hear = resolve))
  }
  await until(() => seen.length > 0)
  await box.auth.signUp({ email, password })
  await box.collection('notes').insert({ title: 'live' })
  await until(() => seen.at(-1)?.[0] === 'live')
  await box.auth.refreshSession()
  await box.auth.signOut()
  await until(() => seen.at(-1)?.length === 0)
})

test('a live query ends with its session, and the client is signed out', async t => {
  const { box, events, email } = connect(t)
  await box.auth.signUp({ email, password })
  const { promise: isLive, resolve: live } = Promise.withResolvers<void>()
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  box.collection('notes').subscribe({
    next: ({ meta }) => meta.status === 'live' && live(),
    error: error => end(error.code),
  })
  await isLive
  const other = connect(t).box
  await other.auth.signInWithPassword({ email, password })
  const { data: devices } = await other.auth.sessions.list()
  await other.auth.sessions.revoke(devices!.find(({ current }) => !current)!.id)
  assert.equal(await ended, 'auth/session-ended')
  assert.equal(events.at(-1), 'SIGNED_OUT null')
})

test('a server knows the user by the cookies of a request, and hands out new ones', async t => {
  const cookies = new Map<string, string>()
  const request = () =>
    connect(t, {
      auth: {
        storage: cookieStorage({
          get: name => cookies.get(name),
          set: (name, value, { maxAge }) => (maxAge === 0 ? cookies.delete(name) : cookies.set(name, value)),
        }),
      },
    }).box
  const email = `user${++accounts}@example.com`
  await request().auth.signUp({ email, password })
  const before = [...cookies.values()].join('')
  assert.equal((await request().auth.getUser()).data?.user?.email, email)
  // Several parts of a page are rendered at once, each with the same cookies.
  const [one, other] = await Promise.all([request().auth.refreshSession(), request().auth.refreshSession()])
  assert.equal(one.data?.session.refreshToken, other.data?.session.refreshToken)
  assert.notEqual([...cookies.values()].join(''), before)
  await request().auth.signOut()
  assert.equal(cookies.size, 0)
})

test('the code of a mailed link becomes a session only with the verifier of who asked for it', async t => {
  await server.request('PATCH', '/auth/settings', { body: { verifyEmail: true } })
  t.after(() => server.request('PATCH', '/auth/settings', { body: { verifyEmail: false } }))
  const { box, events, email } = connect(t)
  const redirectTo = 'http://localhost:3000/welcome?theme=dark'
  const signedUp = await box.auth.signUp({ email, password, redirectTo })
  assert.deepEqual([signedUp.data?.session, signedUp.data?.confirmationSent], [null, true])
  const codeOf = async () => {
    const link = await mailedLink(email)
    const { body } = await server.request('POST', '/auth/confirm', {
      body: { token: link.searchParams.get('token') },
    })
    return new URL((body as { redirectTo: string }).redirectTo)
  }
  const back = await codeOf()
  assert.equal(back.searchParams.get('theme'), 'dark')
  const thief = await connect(t).box.auth.exchangeCodeForSession(back.searchParams.get('code')!)
  assert.equal(thief.error?.code, 'auth/link-invalid')
  assert.equal((await box.auth.resetPasswordForEmail(email, { redirectTo })).error, null)
  const recovery = await codeOf()
  assert.equal(recovery.searchParams.get('type'), 'recovery')
  const { data, error } = await box.auth.exchangeCodeForSession(recovery.searchParams.get('code')!)
  assert.equal(data?.user.email, email, error?.message)
  assert.equal((await box.auth.updateUser({ password: 'another horse' })).error, null)
  assert.equal((await box.auth.signInWithPassword({ email, password: 'another horse' })).error, null)
  assert.ok(events.includes(`SIGNED_IN ${email}`))
})

test('tabs that refresh at the same time over a bad line stay signed in', async t => {
  const storage: AuthStorage = { ...memoryStorage(), isShared: true }
  const random = randomFrom(7)
  const lossy: typeof fetch = async (...call) => {
    const answer = await fetch(...call)
    if (random() < 0.3) throw new TypeError('The answer was lost')
    return answer
  }
  const first = connect(t, { auth: { storage } })
  await first.box.auth.signUp({ email: first.email, password })
  const tabs = [first, ...Array.from({ length: 19 }, () => connect(t, { auth: { storage }, fetch: lossy }))]
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(tabs.map(({ box }) => box.auth.refreshSession()))
    const tokens = new Set(answers.map(({ data, error }) => data?.session.refreshToken ?? error?.code))
    assert.equal(tokens.size, 1, [...tokens].join())
  }
  for (const { events } of tabs) assert.ok(!events.some(event => event.startsWith('SIGNED_OUT')))
})
