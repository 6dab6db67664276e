import { startChild, type Child } from '../child.ts'
import { compared, plain, type Figure } from '../figure.ts'
import type { Round, Shots } from '../load.ts'
import { monitoredDay } from '../monitored-day.ts'
import { oneRecordingUs } from '../one-recording.ts'
import { cpuOf } from '../processes.ts'
import type { Report } from '../report.ts'
import { setStage, uid, type Stage } from '../stage.ts'

const documents = 20_000
const connections = 32
const rounds = 10
/** A round is so many turns of each side: short ones, so that what else the machine does hits all alike. */
const turns = 10
const turnMs = 150

type Shot = Pick<Shots, 'url' | 'paths' | 'method' | 'headers'>

interface Measured extends Round {
  readonly serverCpuMs: number
}

/** What it costs that every request is counted: the same server with and without, in turn; and a day of it on the disk. */
export async function monitoring(say: (text: string) => void): Promise<Report> {
  const stage = await setStage({ documents, say })
  const load = await startChild('./load.ts')
  const figures: Figure[] = []
  try {
    for (const [kind, shot] of await aim(stage)) {
      say(`monitoring: ${kind}`)
      const { on, off, offAgain } = await inTurn(stage, load, shot)
      const rate = (round: Measured) => (round.requests / round.ms) * 1000
      const cpu = (round: Measured) => (round.serverCpuMs / round.requests) * 1000
      figures.push(
        compared(`${kind}, counted against not`, 'requests/s', on.map(rate), off.map(rate), '>= 0.97'),
        compared(
          `${kind}, not counted against itself (noise)`,
          'requests/s',
          offAgain.map(rate),
          off.map(rate),
        ),
        compared(`${kind}, processor time, counted against not`, 'µs/request', on.map(cpu), off.map(cpu)),
        compared(
          `${kind}, processor time, against itself (noise)`,
          'µs/request',
          offAgain.map(cpu),
          off.map(cpu),
        ),
      )
    }
    await stage.pool.query('create database monitored')
    const { connection } = stage.product.ready
    const day = await monitoredDay({ ...connection, database: 'monitored' } as never, say)
    const mb = (bytes: number) => bytes / 1_000_000
    figures.push(
      plain('a day at 10 requests/s, on the disk', 'MB', mb(day.windowsBytes + day.requestsBytes), '<= 5'),
      plain('of that windows', 'MB', mb(day.windowsBytes)),
      plain('of that requests kept whole', 'MB', mb(day.requestsBytes)),
      plain('windows', '', day.windows),
      plain('requests kept whole', '', day.requests),
      plain('all that is done for one request, alone', 'µs', await oneRecordingUs(), '<= 2'),
    )
  } finally {
    await load.stop()
    await stage.stop()
  }
  return {
    title: 'Monitoring',
    about: `Requests of an end user under a policy, ${connections} at a time, on one server whose recording is switched off and on: get by id, and list 20. ${rounds} rounds of ${turns} turns of ${turnMs} ms of each side; the floor is the same server without recording, and “noise” the same comparison of it with itself. Then a day of an app with 10 requests a second (15 operations, 2 % refused, 0.1 % failed, 0.4 % slow), counted and written by the code of the server on a clock that is driven.`,
    figures,
    notes: [
      'The day is measured at its end: windows of ten seconds of two hours, of a minute and an hour of the day, indexes and dead rows included. A second day adds no windows of ten seconds.',
    ],
  }
}

async function inTurn(stage: Stage, load: Child<unknown>, shot: Shot) {
  const fire = async (isOn: boolean, ms = turnMs): Promise<Measured> => {
    await stage.product.ask({ do: 'record', isOn })
    const before = cpuOf(stage.product.pid)
    const round = await load.ask<Round>({ do: 'fire', ...shot, connections, ms })
    return { ...round, serverCpuMs: cpuOf(stage.product.pid) - before }
  }
  await fire(true, 2000)
  await fire(false, 2000)
  const seen = { on: [] as Measured[], off: [] as Measured[], offAgain: [] as Measured[] }
  for (let round = 0; round < rounds; round++) {
    const parts = { on: [] as Measured[], off: [] as Measured[], offAgain: [] as Measured[] }
    for (let turn = 0; turn < turns; turn++) {
      // Neither always comes first.
      const order =
        turn % 2 === 0 ? (['off', 'on', 'offAgain'] as const) : (['offAgain', 'on', 'off'] as const)
      for (const arm of order) parts[arm].push(await fire(arm === 'on'))
    }
    for (const arm of ['on', 'off', 'offAgain'] as const) seen[arm].push(together(parts[arm]))
  }
  await stage.product.ask({ do: 'record', isOn: true })
  return seen
}

function together(parts: readonly Measured[]): Measured {
  const sum = (of: (part: Measured) => number) => parts.reduce((all, part) => all + of(part), 0)
  return {
    ...parts[0]!,
    requests: sum(part => part.requests),
    ms: sum(part => part.ms),
    cpuMs: sum(part => part.cpuMs),
    serverCpuMs: sum(part => part.serverCpuMs),
  }
}

async function aim(stage: Stage): Promise<[kind: string, shot: Shot][]> {
  const { base, schema } = stage.product.ready
  const { rows } = await stage.pool.query<{ id: string }>(
    `select id from "${schema}".tasks where owner = $1 limit 1000`,
    [uid],
  )
  const shot = (paths: string[]): Shot => ({ url: base, paths, method: 'GET', headers: stage.userHeaders })
  return [
    ['get', shot(rows.map(({ id }) => `/data/tasks/${id}`))],
    ['list', shot(['/data/tasks?done=eq.false&order=priority.desc,id&limit=20'])],
  ]
}
