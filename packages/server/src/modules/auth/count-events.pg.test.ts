import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { authProblems, type SignUpReply } from '@cloudbox/protocol/auth'
import { defineModule } from '../../kernel/module.ts'
import { Problem } from '../../kernel/problem.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { until } from '../../testing/until.ts'
import { auth } from './module.ts'

const counted: Record<string, number> = {}
/** Hears what is counted, and lets some nobody in. */
const watcher = defineModule({
  name: 'watcher',
  needs: { auth },
  start({ observer }, { auth: { hooks } }) {
    observer.hear(({ operation: { kind, name }, environment, times }) => {
      if (kind === 'account' && environment?.id === server.environment.id)
        counted[name] = (counted[name] ?? 0) + times
    })
    hooks.beforeSignIn.add(({ user }) => {
      if (user.email === 'night@example.com') throw new Problem(authProblems.refused, 'We are closed.')
    })
    return {}
  },
})
const server = await startTestServer({ after }, { extraModules: [watcher] })
await server.request('PATCH', '/auth/settings', { body: { verifyEmail: false, anonymous: true } })

async function post(path: string, body: unknown): Promise<unknown> {
  const headers = { apikey: server.publishableKey }
  return (await server.request('POST', `/auth/${path}`, { body, headers })).body
}

test('what happens to accounts is counted, whichever way, and what was undone is not', async () => {
  const password = 'correct horse'
  const ada = (await post('sign-up', { email: 'ada@example.com', password })) as SignUpReply
  await post('anonymous', {})
  for (let i = 0; i < 2; i++) await post('sign-in', { email: 'ada@example.com', password })
  for (const email of ['ada@example.com', 'nobody@example.com'])
    await post('sign-in', { email, password: 'wrong' })
  // A session that goes on is no sign-in, and what lacks a password no attempt.
  await post('refresh', { refreshToken: ada.session!.refreshToken })
  await post('sign-in', { email: 'ada@example.com' })
  // Refused at the end: with its transaction goes that it signed up.
  await post('sign-up', { email: 'night@example.com', password })
  await post('sign-up', { email: 'bob@example.com', password })
  // What happened comes with the change stream, in its order.
  await until(() => counted['signed-in'] === 5, 'the last sign-in is counted')
  assert.deepEqual(counted, { 'signed-up': 3, 'signed-in': 5, refused: 3 })
})
