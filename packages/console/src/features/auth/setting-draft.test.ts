import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthSettings, hiddenSecret } from '@cloudbox/protocol/auth-settings'
import { changeOf, draftOf } from './setting-draft.ts'
import { settingGroups } from './setting-groups.ts'

/** As the server answers them: every setting with what it is unless set. */
const usual = Object.entries(AuthSettings.properties).map(([name, schema]) => [
  name,
  (schema as { default?: unknown }).default,
])
const settings = {
  ...Object.fromEntries(usual),
  smtpUrl: hiddenSecret,
  redirectUrls: ['https://a.example'],
} as AuthSettings
const fields = settingGroups.flatMap(group => group.fields)

test('what nobody touched is no change', () => {
  assert.deepEqual(changeOf(fields, settings, draftOf(fields, settings)), {})
})

test('only what is otherwise is sent, as the server takes it', () => {
  const draft = {
    ...draftOf(fields, settings),
    signUp: false,
    passwordMinLength: '12',
    passwordRequires: ['digit'],
    redirectUrls: 'https://a.example\n\n https://b.example/* ',
    appName: ' Shop ',
  }
  assert.deepEqual(changeOf(fields, settings, draft), {
    signUp: false,
    passwordMinLength: 12,
    passwordRequires: ['digit'],
    redirectUrls: ['https://a.example', 'https://b.example/*'],
    appName: 'Shop',
  })
})
