import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingLabel, stepsOf } from './provider-steps.ts'

test('every provider has steps; those that are set up most have their own', () => {
  assert.match(stepsOf({ id: 'google', name: 'Google' }).where, /Cloud console/)
  assert.match(stepsOf({ id: 'okta', name: 'Okta' }).where, /Okta/)
})

test('settings are called by words', () => {
  assert.equal(settingLabel('domain'), 'Domain')
  assert.equal(settingLabel('privateKey'), 'Private key')
  assert.equal(settingLabel('poolName'), 'Pool name')
})
