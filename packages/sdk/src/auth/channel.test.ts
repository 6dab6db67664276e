import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { tabChannel } from './channel.ts'

test('a tab hears what another posts, and when what it tells of can be read', async t => {
  const page = new EventTarget()
  const [here, there] = [tabChannel('entry', page), tabChannel('entry')]
  t.after(() => [here, there].forEach(channel => channel.close()))
  let heard = 0
  const told = Promise.withResolvers<void>()
  const stop = here.listen(() => {
    heard++
    told.resolve()
  })
  there.post()
  await told.promise
  assert.equal(heard, 1)
  const stored = (key: string) => page.dispatchEvent(Object.assign(new Event('storage'), { key }))
  stored('entry')
  stored('entry~verifier')
  assert.equal(heard, 2)
  stop()
  stored('entry')
  there.post()
  await setImmediate()
  assert.equal(heard, 2)
})
