import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { authProblems, type SessionReply, type SignUpReply } from '@cloudbox/protocol/auth'
import { defineModule } from '../../kernel/module.ts'
import { Problem } from '../../kernel/problem.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { auth } from './module.ts'

/** Another module that has a say, as functions will. */
const guest = defineModule({
  name: 'guest',
  needs: { auth },
  start(_kernel, { auth: { hooks } }) {
    const refuse = (detail: string) => new Problem(authProblems.refused, detail)
    hooks.beforeSignUp.add(({ email }) => {
      if (email?.endsWith('@evil.example')) throw refuse('Not you.')
      return { role: 'member', claims: { plan: 'free', role: 'admin' } }
    })
    hooks.beforeSignIn.add(({ user }) => {
      if (user.email === 'night@example.com') throw refuse('We are closed.')
    })
    hooks.customClaims.add(({ user, session }) => ({
      team: `team of ${user.name}`,
      sid: 'forged',
      x: session.aal,
    }))
    return {}
  },
})
const server = await startTestServer({ after }, { extraModules: [guest] })
const asApp = { apikey: server.publishableKey }
await server.request('PATCH', '/auth/settings', { body: { verifyEmail: false } })

const signUp = (email: string) =>
  server.request('POST', '/auth/sign-up', {
    body: { email, password: 'correct horse', name: 'Ada' },
    headers: asApp,
  })
const claimsOf = ({ accessToken }: SessionReply) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>

test('a hook gives roles and claims, and none of ours', async () => {
  const { body } = await signUp('ada@example.com')
  const session = (body as SignUpReply).session!
  assert.equal(session.user.role, 'member')
  const { plan, team, role, sid, x } = claimsOf(session)
  assert.deepEqual({ plan, team, role, x }, { plan: 'free', team: 'team of Ada', role: 'member', x: 1 })
  assert.notEqual(sid, 'forged')
  const { refreshToken } = session
  const refreshed = await server.request('POST', '/auth/refresh', { body: { refreshToken }, headers: asApp })
  assert.equal(claimsOf(refreshed.body as SessionReply).team, 'team of Ada')
})

test('a hook refuses, and nothing is left behind', async () => {
  for (const email of ['bob@evil.example', 'night@example.com']) {
    const answer = await signUp(email)
    assert.deepEqual([answer.status, (answer.body as { code: string }).code], [403, 'auth/refused'])
    const { body } = await server.request('GET', `/auth/users?search=${email}`)
    assert.deepEqual((body as { users: unknown[] }).users, [])
  }
})
