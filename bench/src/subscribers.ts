// Many sockets in a process of their own. They note which write they heard when; what that means is told at the end of
// a round, when the moments of the commits are known.
import { setTimeout as sleep } from 'node:timers/promises'
import { answerParent } from './answer-parent.ts'
import { nowMs } from './clock.ts'
import { percentile } from './figure.ts'
import { openThinSocket, type ThinSocket } from './web-socket.ts'

export interface SubscribersOptions {
  readonly url: string
  readonly sockets: number
  /** What a live query of the product needs; a bare broadcaster sends to everybody who has connected. */
  readonly live?: {
    readonly token: string
    readonly collection: string
    /** `#` stands for the number of the subscription, which counts through all sockets. */
    readonly query: string
    readonly perSocket: number
    readonly from?: number
  }
}

/** What the subscribers heard of the commits of a round. */
export interface Heard {
  readonly delivered: number
  /** Deliveries that came more than once, or for commits nobody knows. */
  readonly surplus: number
  /** From the commit's answer to the subscriber, every delivery. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** To the last subscriber of each commit. */
  readonly lastP50Ms: number
  readonly maxMs: number
  readonly cpuMs: number
}

const options = JSON.parse(process.argv[2]!) as SubscribersOptions
/** No more handshakes than this are under way at once. */
const connecting = 200
const quietMs = 5000
const numbers: number[] = []
const times: number[] = []
const mark = Buffer.from('"w ')

function hear(text: Buffer): void {
  const now = nowMs()
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 3)) {
    let number = 0
    for (let i = at + 3; text[i] !== 0x22; i++) number = number * 10 + text[i]! - 48
    numbers.push(number)
    times.push(now)
  }
}

function join(index: number): Promise<ThinSocket> {
  const { url, live } = options
  return new Promise((resolve, reject) => {
    let missing = live?.perSocket ?? 0
    const socket = openThinSocket(url, {
      open: () => {
        if (live === undefined) return queueMicrotask(() => resolve(socket))
        const { token, collection, query, perSocket, from = 0 } = live
        queueMicrotask(() => {
          socket.send(JSON.stringify({ t: 'hello', v: 1, token }))
          for (let i = 0; i < perSocket; i++) {
            const q = query.replace('#', String(from + index * perSocket + i))
            socket.send(JSON.stringify({ t: 'sub', id: i + 1, coll: collection, q }))
          }
        })
      },
      message: text => {
        if (missing === 0) return hear(text)
        if (text.includes('"t":"live"') && --missing === 0) resolve(socket)
        if (text.includes('"t":"err"')) reject(new Error(String(text)))
      },
      closed: reason => {
        reject(new Error(`a subscriber lost its connection: ${reason}`))
        process.stderr.write(`a subscriber lost its connection: ${reason}\n`)
      },
    })
  })
}

/** Waits until every commit was heard as often as it should be, or nothing has come for a while. */
async function judge({
  from,
  committedAt,
  each,
}: {
  from: number
  committedAt: number[]
  each: number
}): Promise<Heard> {
  for (let seen = -1, quiet = 0; numbers.length < committedAt.length * each && quiet < quietMs; quiet += 20) {
    if (numbers.length !== seen) quiet = 0
    seen = numbers.length
    await sleep(20)
  }
  const { user, system } = process.cpuUsage(cpu)
  const latencies: number[] = []
  const counts = new Map<number, number>()
  const last: number[] = []
  numbers.forEach((number, i) => {
    const committed = committedAt[number - from]
    if (committed === undefined) return
    const latency = times[i]! - committed
    latencies.push(latency)
    counts.set(number, (counts.get(number) ?? 0) + 1)
    last[number - from] = Math.max(last[number - from] ?? -Infinity, latency)
  })
  const delivered = [...counts.values()].reduce((sum, count) => sum + Math.min(count, each), 0)
  const heard = {
    delivered,
    surplus: numbers.length - delivered,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    lastP50Ms: percentile(
      last.filter(one => one !== undefined),
      0.5,
    ),
    maxMs: percentile(latencies, 1),
    cpuMs: (user + system) / 1000,
  }
  begin()
  return heard
}

let cpu = process.cpuUsage()
function begin(): void {
  numbers.length = 0
  times.length = 0
  cpu = process.cpuUsage()
}

const start = performance.now()
let next = 0
const sockets: ThinSocket[] = []
const lane = async () => {
  while (next < options.sockets) sockets.push(await join(next++))
}
await Promise.all(Array.from({ length: Math.min(connecting, options.sockets) }, lane))
answerParent(
  { connectMs: performance.now() - start },
  {
    begin,
    judge,
    close: () => sockets.splice(0).forEach(socket => socket.close()),
  },
)
process.on('SIGINT', () => process.exit(0))
