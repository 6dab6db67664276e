import { availableParallelism } from 'node:os'
import { startChild } from '../child.ts'
import { compared, median, plain, type Figure } from '../figure.ts'
import type { Round } from '../load.ts'
import { cpuOf } from '../processes.ts'
import type { Report } from '../report.ts'
import { setStage, uid } from '../stage.ts'

const users = 200
const rounds = 4
const roundMs = 2000
const password = 'correct horse'

interface Refreshed {
  readonly count: number
  readonly ms: number
  readonly p99Ms: number
  readonly tokens: string[]
}

/** Accounts: signing in against the bare hash, refreshing, and what a token costs a read. */
export async function auth(say: (text: string) => void): Promise<Report> {
  const stage = await setStage({ documents: 10_000, say })
  const load = await startChild('./load.ts')
  const hashes = await startChild('./hash-floor.ts')
  const refreshers = await startChild('./refreshers.ts')
  const { base, secretKey, publishableKey } = stage.product.ready
  const json = { apikey: publishableKey, 'content-type': 'application/json' }
  const figures: Figure[] = []
  try {
    const off = { signIn: 0, signUp: 0, mail: 0, mailPerAddress: 0, confirm: 0 }
    await patch(`${base}/auth/settings`, secretKey, { verifyEmail: false, rateLimits: off })
    await patch(`${base}/data/$collections/tasks`, secretKey, {
      policies: {
        get: `auth.uid == null || doc.owner == auth.uid || public("the bench reads it with and without a token")`,
      },
    })
    say('auth: making users')
    const emails = Array.from({ length: users }, (_, i) => `user${i}@example.com`)
    for (const email of emails) await stage.call('/auth/users', { email, password })

    const rates = {
      signIn: [] as number[],
      hash: [] as number[],
      user: [] as number[],
      nobody: [] as number[],
    }
    const signIns = emails.map(email => JSON.stringify({ email, password }))
    const cpu: number[] = []
    for (let i = 0; i <= rounds; i++) {
      say(`auth: sign-in, round ${i}`)
      const floor = await hashes.ask<{ count: number; ms: number }>({
        do: 'verify',
        ms: roundMs,
        atOnce: availableParallelism(),
      })
      const before = cpuOf(stage.product.pid)
      const round = await load.ask<Round>({
        do: 'fire',
        url: base,
        paths: ['/auth/sign-in'],
        method: 'POST',
        headers: json,
        bodies: signIns,
        connections: 8,
        ms: roundMs,
      })
      // The first round warms both up.
      if (i === 0) continue
      rates.hash.push((floor.count / floor.ms) * 1000)
      rates.signIn.push((round.requests / round.ms) * 1000)
      cpu.push((cpuOf(stage.product.pid) - before) / round.requests)
    }
    figures.push(
      compared('sign-in with a password', 'sign-ins/s', rates.signIn, rates.hash, '>= 0.75'),
      plain('sign-in, processor time of the server', 'ms/sign-in', median(cpu)),
    )

    say('auth: refresh')
    let tokens: string[] = []
    for (const email of emails.slice(0, 32))
      tokens.push((await signIn(`${base}/auth/sign-in`, json, email)).refreshToken)
    const refreshed: { rate: number; p99Ms: number; cpuUs: number }[] = []
    for (let i = 0; i <= rounds; i++) {
      const before = cpuOf(stage.product.pid)
      const url = `${base}/auth/refresh`
      const round = await refreshers.ask<Refreshed>({
        do: 'refresh',
        url,
        headers: json,
        tokens,
        ms: roundMs,
      })
      tokens = round.tokens
      if (i === 0) continue
      const cpuUs = ((cpuOf(stage.product.pid) - before) / round.count) * 1000
      refreshed.push({ rate: (round.count / round.ms) * 1000, p99Ms: round.p99Ms, cpuUs })
    }
    figures.push(
      plain('refresh', 'refreshes/s', median(refreshed.map(({ rate }) => rate))),
      plain('refresh, p99', 'ms', median(refreshed.map(({ p99Ms }) => p99Ms))),
      plain(
        'refresh, processor time of the server',
        'µs/refresh',
        median(refreshed.map(({ cpuUs }) => cpuUs)),
      ),
    )

    const { accessToken } = await signIn(`${base}/auth/sign-in`, json, emails[0]!)
    const { rows } = await stage.pool.query<{ id: string }>(
      `select id from "${stage.product.ready.schema}".tasks where owner = $1 limit 1000`,
      [uid],
    )
    const paths = rows.map(({ id }) => `/data/tasks/${id}`)
    const read = async (headers: Record<string, string>) => {
      const shots = { url: base, paths, method: 'GET', headers, connections: 32, ms: roundMs }
      const round = await load.ask<Round>({ do: 'fire', ...shots })
      return (round.requests / round.ms) * 1000
    }
    for (let i = 0; i <= rounds; i++) {
      say(`auth: reads, round ${i}`)
      const nobody = await read({ apikey: publishableKey })
      const user = await read({ apikey: publishableKey, authorization: `Bearer ${accessToken}` })
      if (i === 0) continue
      rates.nobody.push(nobody)
      rates.user.push(user)
    }
    figures.push(compared('read with a checked session', 'requests/s', rates.user, rates.nobody, '>= 0.9'))
  } finally {
    await refreshers.stop()
    await hashes.stop()
    await load.stop()
    await stage.stop()
  }
  return {
    title: 'Accounts',
    about: `${users} users sign in with their passwords, 8 at a time, against a process that does nothing but verify argon2id hashes of the same cost (19 MiB, 2 passes), one per core; 32 clients refresh their sessions, each with the token of the answer before; one document is read by its id with the token of a session and without any. ${rounds} rounds of ${roundMs / 1000} s each in turn; figures are medians.`,
    figures,
    notes: [
      'A sign-in counts the attempt, reads the account, verifies the hash, forgives the attempt, opens a session and looks whether the device is new. Rate limits are off: all come from one address.',
      'Reads without a token are judged by the same policy as those with one, which lets both in.',
    ],
  }
}

async function patch(url: string, secretKey: string, body: object): Promise<void> {
  const headers = { apikey: secretKey, 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'PATCH', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(await answer.text())
}

async function signIn(url: string, headers: Record<string, string>, email: string) {
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ email, password }) })
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as { accessToken: string; refreshToken: string }
}
