import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEvent } from './read-event.ts'
import * as payloads from './testing/payloads.ts'

const github = (event: string, payload: unknown) => readEvent('github', { 'x-github-event': event }, payload)
const gitlab = (event: string, payload: unknown) => readEvent('gitlab', { 'x-gitlab-event': event }, payload)
const place = { repository: 'acme/shop', defaultBranch: 'main' }

test('what GitHub tells', () => {
  const login = 'feature/Login-Page'
  const remove = { kind: 'remove', branch: login }
  assert.deepEqual(github('push', payloads.githubPush), {
    name: 'push',
    ...place,
    change: { kind: 'make', branch: login },
  })
  assert.deepEqual(github('push', payloads.githubPushDeleted).change, remove)
  assert.deepEqual(github('delete', payloads.githubDelete).change, remove)
  const merged = github('pull_request', payloads.githubPullRequestMerged)
  assert.deepEqual(merged, { name: 'pull_request closed', ...place, change: remove })
  assert.equal(github('pull_request', payloads.githubPullRequestOfFork).change, 'the branch is in a fork')
  const opened = { ...payloads.githubPullRequestMerged, action: 'opened' }
  assert.equal(github('pull_request', opened).change, 'nothing is done about this event')
  assert.equal(github('ping', payloads.githubPing).change, 'nothing is done about this event')
  const tag = { ...payloads.githubPush, ref: 'refs/tags/v1' }
  assert.equal(github('push', tag).change, 'this is not about a branch')
  const gone = structuredClone<Record<string, unknown>>(payloads.githubPullRequestOfFork)
  Object.assign((gone.pull_request as { head: object }).head, { repo: null })
  assert.equal(github('pull_request', gone).change, 'the branch is in a fork')
})

test('what GitLab tells', () => {
  const branch = 'feature/cart'
  assert.deepEqual(gitlab('Push Hook', payloads.gitlabPush), {
    name: 'Push Hook',
    ...place,
    change: { kind: 'make', branch },
  })
  assert.deepEqual(gitlab('Push Hook', payloads.gitlabBranchDeleted).change, { kind: 'remove', branch })
  assert.deepEqual(gitlab('Merge Request Hook', payloads.gitlabMergeRequestMerged), {
    name: 'Merge Request Hook merge',
    ...place,
    change: { kind: 'remove', branch },
  })
  const ofFork = gitlab('Merge Request Hook', payloads.gitlabMergeRequestOfFork)
  assert.equal(ofFork.change, 'the branch is in a fork')
  assert.equal(gitlab('Tag Push Hook', payloads.gitlabPush).change, 'nothing is done about this event')
  const sha256 = { ...payloads.gitlabBranchDeleted, after: '0'.repeat(64) }
  assert.deepEqual(gitlab('Push Hook', sha256).change, { kind: 'remove', branch })
})

test('what anything else tells', () => {
  const read = (payload: unknown) => readEvent('generic', {}, payload).change
  assert.deepEqual(read({ event: 'push', branch: 'x' }), { kind: 'make', branch: 'x' })
  for (const event of ['merged', 'closed', 'deleted'])
    assert.deepEqual(read({ event, branch: 'x' }), { kind: 'remove', branch: 'x' })
})

test('what is not as it is documented is nothing to do, never an error', () => {
  const payloads = [undefined, null, 1, 'x', [], {}, { ref: 1 }, { ref: 'refs/heads/x', deleted: 'no' }]
  for (const payload of payloads) {
    for (const event of ['push', 'delete', 'pull_request'])
      assert.equal(github(event, payload).change, 'the payload is not as it is documented')
    for (const event of ['Push Hook', 'Merge Request Hook'])
      assert.equal(gitlab(event, payload).change, 'the payload is not as it is documented')
    assert.equal(readEvent('generic', {}, payload).change, 'the payload is not as it is documented')
  }
  for (const branch of ['', 'a b', 'a\u0000b', 'x'.repeat(256)])
    assert.equal(
      readEvent('generic', {}, { event: 'push', branch }).change,
      'this is not the name of a branch',
    )
  assert.equal(github('push'.repeat(100), {}).name.length, 60)
})
