import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthSettings } from '@cloudbox/protocol/auth-settings'
import { Default } from 'typebox/value'
import { tellSettings } from './tell-settings.ts'

const settings = (some: object) => Default(AuthSettings, structuredClone(some)) as AuthSettings

test('settings that are the same tell nothing', () => {
  const same = { smtpUrl: 'smtp://ada:hush@localhost', providers: { github: { clientSecret: 'hush' } } }
  assert.equal(tellSettings(settings(same), settings(same)), undefined)
})

test('what changed is told by its path, and lists as a whole', () => {
  const before = settings({ signUp: true, redirectUrls: ['https://a.example'], rateLimits: { signIn: 5 } })
  const after = settings({ signUp: false, redirectUrls: [], rateLimits: { signIn: 6 } })
  assert.deepEqual(tellSettings(before, after), {
    before: { '/signUp': true, '/redirectUrls': ['https://a.example'], '/rateLimits/signIn': 5 },
    after: { '/signUp': false, '/redirectUrls': [], '/rateLimits/signIn': 6 },
  })
})

test('a secret tells that it was set, replaced or taken away, wherever it stands', () => {
  const captcha = { provider: 'turnstile', siteKey: 'site', secret: 'hush-1' }
  const apple = { clientId: 'app', settings: { teamId: 'T', privateKey: 'hush-2' } }
  const before = settings({ smtpUrl: 'smtp://ada:hush-3@localhost', providers: { apple } })
  const after = settings({
    captcha,
    providers: { apple: { ...apple, settings: { teamId: 'T', privateKey: 'hush-4' } } },
  })
  const told = tellSettings(before, after)
  assert.deepEqual(told, {
    before: { '/captcha': null, '/smtpUrl': '•••', '/providers/apple/settings/privateKey': '•••' },
    after: {
      '/captcha': { provider: 'turnstile', siteKey: 'site' },
      '/captcha/secret': '•••',
      '/providers/apple/settings/privateKey': '•••',
    },
  })
  assert.doesNotMatch(JSON.stringify(told), /hush/)
})
