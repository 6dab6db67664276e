import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Environment } from '../../../kernel/caller.ts'
import { defineModule } from '../../../kernel/module.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { platform } from '../../platform/module.ts'
import { auth } from '../module.ts'

/** Shows what other modules may call. */
function probe() {
  let found: ReturnType<typeof apis> | undefined
  const apis = (needs: Parameters<typeof module.start>[1]) => needs
  const module = defineModule({
    name: 'probe',
    needs: { auth, platform },
    start(_kernel, needs) {
      found = needs
      return {}
    },
  })
  return { module, apis: () => found! }
}

const { module: probeModule, apis } = probe()
const server = await startTestServer({ after }, { extraModules: [probeModule] })
const target = server.environment
const { settings } = apis().auth
let sources = 0

/** Another environment, with these settings. */
async function source(change: object): Promise<Environment> {
  const name = `source-${++sources}`
  const made = await apis().platform.ensureEnvironment({
    organisation: 'test',
    project: 'test',
    name,
    dev: true,
  })
  const key = await apis().platform.createKey(made.id, 'secret')
  await set(change, `${server.url}/test/${name}`, key)
  return made
}

async function set(change: object, url = server.environmentUrl, apikey = server.secretKey): Promise<void> {
  const answer = await fetch(`${url}/v1/auth/settings`, {
    method: 'PATCH',
    headers: { apikey, 'content-type': 'application/json' },
    body: JSON.stringify(change),
  })
  assert.equal(answer.status, 200, await answer.text())
}

const shown = async () => (await server.request('GET', '/auth/settings')).body as Record<string, never>

/** Every secret of the target, unsealed by asking for the settings it would show. */
async function sealed(): Promise<string[]> {
  const [row] = await server.db.query<{ secrets: string }>(
    sql`select secrets::text as secrets from ${id(target.schema, 'auth_settings')}`,
  )
  return Object.keys(JSON.parse(row!.secrets) as object).toSorted()
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Problem)) throw error
  return error.code
}

test('settings travel without secrets, those of the target stay, and everything comes back', async () => {
  await set({
    signUp: true,
    smtpUrl: 'smtp://target:word@localhost:25',
    mailFrom: 'app@example.org',
    providers: {
      github: { clientId: 'old', clientSecret: 'target-secret' },
      gitlab: { clientId: 'gone', clientSecret: 'gone-secret' },
    },
  })
  const start = { shown: await shown(), sealed: await sealed() }
  const from = await source({
    signUp: false,
    passwordRequires: ['digit'],
    smtpUrl: 'smtp://source:word@localhost:25',
    mailFrom: 'app@example.org',
    providers: {
      github: { clientId: 'new', clientSecret: 'source-secret' },
      discord: { clientId: 'more', clientSecret: 'more-secret' },
    },
  })
  const [before, wanted] = [await settings.export(target), await settings.export(from)]
  assert.ok(!/source-secret|more-secret|smtp:/.test(JSON.stringify(wanted)))
  assert.deepEqual(wanted.secrets, [
    '/smtpUrl',
    '/providers/github/clientSecret',
    '/providers/discord/clientSecret',
  ])
  const difference = settings.diff(before, wanted)
  assert.deepEqual(difference, {
    changes: [
      { at: '/signUp', before: true, after: false },
      { at: '/passwordRequires', before: [], after: ['digit'] },
      { at: '/providers/github/clientId', before: 'old', after: 'new' },
      { at: '/providers/gitlab', before: { clientId: 'gone', settings: {} } },
      { at: '/providers/discord', after: { clientId: 'more', settings: {} } },
    ],
    missingSecrets: ['/providers/discord/clientSecret'],
  })
  const secrets = { '/providers/discord/clientSecret': 'given' }
  const plan = { changes: difference.changes, version: before.version, secrets }
  const { id: change } = await settings.apply(target, plan)
  // The next request obeys.
  assert.equal((await shown()).signUp, false)
  assert.deepEqual(await sealed(), [
    'providers.discord.clientSecret',
    'providers.github.clientSecret',
    'smtpUrl',
  ])
  assert.deepEqual(settings.diff(await settings.export(target), wanted), { changes: [], missingSecrets: [] })

  const [kept] = await server.db.query<{ changes: string }>(
    sql`select changes::text from ${id(target.schema, 'auth_settings_changes')}`,
  )
  assert.ok(!kept!.changes.includes('given'))

  await set({ appName: 'changed since' })
  await settings.undo(target, change)
  assert.deepEqual(await shown(), { ...start.shown, appName: 'changed since' })
  assert.deepEqual(await sealed(), start.sealed)
  assert.equal(await codeOf(settings.undo(target, change)), 'auth/unknown-settings-change')
})

test('what has changed meanwhile is not overwritten, and nothing is half done', async () => {
  const from = await source({ singleSession: true, mailLanguage: 'de' })
  const before = await settings.export(target)
  const { changes } = settings.diff(before, await settings.export(from))
  const some = changes.filter(({ at }) => ['/singleSession', '/mailLanguage'].includes(at))
  await set({ verifyEmail: false })
  assert.equal(
    await codeOf(settings.apply(target, { changes: some, version: before.version })),
    'auth/settings-changed',
  )
  const { version } = await settings.export(target)
  const refused = settings.apply(target, { changes: some, version }, async () => {
    throw new Error('no')
  })
  await assert.rejects(refused, { message: 'no' })
  assert.deepEqual((await settings.export(target)).version, version)

  const { id: change } = await settings.apply(target, { changes: some, version })
  await set({ mailLanguage: 'fr' })
  assert.equal(await codeOf(settings.undo(target, change)), 'auth/settings-changed')
  assert.equal((await shown()).singleSession, true)
  await set({ mailLanguage: 'de' })
  await settings.undo(target, change)
  assert.equal((await shown()).singleSession, false)
})

test('settings that need a secret are refused without it', async () => {
  const from = await source({ captcha: { provider: 'turnstile', siteKey: 'k', secret: 's' } })
  const before = await settings.export(target)
  const { changes, missingSecrets } = settings.diff(before, await settings.export(from))
  const some = changes.filter(({ at }) => at === '/captcha')
  assert.ok(missingSecrets.includes('/captcha/secret'))
  const { version } = before
  assert.equal(await codeOf(settings.apply(target, { changes: some, version })), 'auth/invalid-settings')
  const secrets = { '/captcha/secret': 'given' }
  await settings.apply(target, { changes: some, version, secrets })
  assert.ok((await sealed()).includes('captcha.secret'))
})
