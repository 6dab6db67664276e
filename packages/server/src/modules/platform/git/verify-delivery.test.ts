import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyDelivery } from './verify-delivery.ts'
import { fromAnywhere, fromGithub, fromGitlab, type SignedDelivery } from './testing/sign.ts'
import type { GitHost } from '@cloudbox/protocol/platform-replies'

const secret = 'cb_git_one'
const nowMs = Date.UTC(2026, 4, 15, 12)
const payload = { event: 'push', branch: 'x' }
const deliveries: Record<GitHost, (with_: string) => SignedDelivery> = {
  github: with_ => fromGithub(with_, 'push', payload),
  gitlab: with_ => fromGitlab(with_, 'Push Hook', payload),
  generic: with_ => fromAnywhere(with_, payload, nowMs),
}
const signedParts = ['x-hub-signature-256', 'x-gitlab-token', 'x-cloudbox-signature']

test('the signature of the documentation of GitHub', () => {
  const headers = {
    'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  }
  const delivery = { headers, body: 'Hello, World!' }
  assert.ok(verifyDelivery('github', "It's a Secret to Everybody", delivery, nowMs))
})

for (const host of Object.keys(deliveries) as GitHost[]) {
  const check = (delivery: SignedDelivery, atMs = nowMs) => verifyDelivery(host, secret, delivery, atMs)

  test(`${host}: only who knows the secret passes`, () => {
    const good = deliveries[host](secret)
    assert.ok(check(good))
    assert.equal(check(deliveries[host]('cb_git_two')), undefined)
    assert.equal(check({ ...good, headers: {} }), undefined)
    for (const part of signedParts.filter(name => name in good.headers)) {
      const given = good.headers[part]!
      for (const wrong of ['', given.slice(0, -1), `${given}0`, given.toUpperCase()])
        assert.equal(check({ ...good, headers: { ...good.headers, [part]: wrong } }), undefined, wrong)
    }
    // GitLab's token is not over the body.
    if (host !== 'gitlab') assert.equal(check({ ...good, body: `${good.body} ` }), undefined)
  })
}

test('the same delivery has the same key, whatever of it is not signed', () => {
  const { headers, body } = deliveries.github(secret)
  const again = { body, headers: { ...headers, 'x-github-delivery': 'another' } }
  const keyOf = (host: GitHost, delivery: SignedDelivery) =>
    verifyDelivery(host, secret, delivery, nowMs)!.toString('hex')
  assert.equal(keyOf('github', { headers, body }), keyOf('github', again))
  const push = deliveries.gitlab(secret)
  assert.equal(keyOf('gitlab', push), keyOf('gitlab', push))
  assert.notEqual(keyOf('gitlab', push), keyOf('gitlab', deliveries.gitlab(secret)))
  assert.notEqual(
    keyOf('generic', fromAnywhere(secret, payload, nowMs)),
    keyOf('generic', fromAnywhere(secret, payload, nowMs - 1000)),
  )
})

test('what is signed with a time is good for five minutes around it', () => {
  const check = (atMs: number) =>
    verifyDelivery('generic', secret, fromAnywhere(secret, payload, atMs), nowMs) !== undefined
  assert.equal(check(nowMs - 300_000), true)
  assert.equal(check(nowMs - 301_000), false)
  assert.equal(check(nowMs + 300_000), true)
  assert.equal(check(nowMs + 301_000), false)
})
