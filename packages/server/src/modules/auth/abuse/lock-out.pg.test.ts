import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from '../../../kernel/sql.ts'
import { countAttempt, forgetFailures } from './lock-out.ts'
import { sweep } from './sweep.ts'
import { testGuard } from './testing/test-guard.ts'

const guard = await testGuard({ after })

/** Seconds it is locked for, 0 when the attempt may be made. */
const attempt = (account: string) =>
  countAttempt(guard, account).then(
    () => 0,
    (problem: { code: string; headers: Record<string, string> }) => {
      assert.equal(problem.code, 'auth/locked-out')
      return Number(problem.headers['retry-after'])
    },
  )

test('five failures lock an account for 32 seconds, each further one for twice as long, up to 15 minutes', async () => {
  const account = 'ann@example.com'
  for (let i = 0; i < 5; i++) assert.equal(await attempt(account), 0)
  for (const seconds of [32, 64, 128, 256, 512, 900, 900]) {
    assert.equal(await attempt(account), seconds)
    guard.pass(seconds - 1)
    assert.equal(await attempt(account), 1)
    guard.pass(1)
    assert.equal(await attempt(account), 0)
  }
  assert.equal(await attempt('somebody-else@example.com'), 0)
})

test('a success starts anew, and so does a day without an attempt', async () => {
  const account = 'bob@example.com'
  for (let i = 0; i < 5; i++) await attempt(account)
  assert.equal(await attempt(account), 32)
  await forgetFailures(guard, account)
  for (let i = 0; i < 5; i++) assert.equal(await attempt(account), 0)
  guard.pass(25 * 3600)
  for (let i = 0; i < 5; i++) assert.equal(await attempt(account), 0)
  assert.equal(await attempt(account), 32)
})

test('a hundred guesses at once: five are looked at', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => attempt('carol@example.com')))
  assert.equal(answers.filter(seconds => seconds === 0).length, 5)
})

test('no address is stored, and what is forgotten is swept', async () => {
  await attempt('dave@example.com')
  const text = JSON.stringify(await guard.db.query(sql`select * from shop__dev.auth_lockouts`))
  assert.doesNotMatch(text, /dave/)
  guard.pass(25 * 3600)
  await attempt('erin@example.com')
  await sweep(guard, 100)
  assert.equal(await guard.count('auth_lockouts'), 1)
})
