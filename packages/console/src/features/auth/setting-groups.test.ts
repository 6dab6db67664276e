import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthSettings } from '@cloudbox/protocol/auth-settings'
import { rateLimits, settingGroups } from './setting-groups.ts'

test('every setting of accounts has a place in the console, and only one', () => {
  const elsewhere = ['captcha', 'sms', 'providers', 'rateLimits']
  const shown = settingGroups.flatMap(({ fields }) => fields.map(({ name }) => name as string))
  assert.deepEqual([...shown, ...elsewhere].toSorted(), Object.keys(AuthSettings.properties).toSorted())
})

test('every rate limit has one, too', () => {
  const { rateLimits: known } = AuthSettings.properties
  assert.deepEqual(
    rateLimits.map(([name]) => name as string).toSorted(),
    Object.keys(known.properties).toSorted(),
  )
})
