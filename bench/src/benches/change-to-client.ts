import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from '../child.ts'
import { percentile, row, type Row } from '../row.ts'
import type { Stage } from '../stage.ts'

const subscribers = 100
const writes = 250
const writesPerSecond = 50

interface Heard {
  readonly expected: number
  readonly latencies: number[]
}

/**
 * From the moment a write is sent to the callback of each subscriber. The floor writes to the same Postgres and
 * broadcasts with bare `ws` after its commit.
 */
export async function changeToClient(stage: Stage): Promise<Row[]> {
  const { product, floor, userHeaders, userToken } = stage
  const { base, publishableKey } = product.ready
  const json = { 'content-type': 'application/json' }
  const floorHeard = await measure(
    { url: floor.ready.base.replace('http', 'ws'), frames: [] },
    { url: `${floor.ready.base}/?owner=u1`, headers: json },
  )
  const productHeard = await measure(
    {
      url: `${base.replace('http', 'ws')}/realtime?apikey=${publishableKey}`,
      frames: [
        { t: 'hello', v: 1, token: userToken },
        { t: 'sub', id: 1, coll: 'tasks', q: 'priority=eq.987654' },
      ],
    },
    { url: `${base}/data/tasks`, headers: { ...userHeaders, ...json } },
  )
  const figure = (part: number) =>
    [percentile(productHeard.latencies, part), percentile(floorHeard.latencies, part)] as const
  return [
    row(`change-to-client p50, ${subscribers} subscribers`, 'ms', ...figure(0.5), '<= 1.5'),
    row(`change-to-client p99, ${subscribers} subscribers`, 'ms', ...figure(0.99), '<= 1.5'),
    row(
      'change-to-client delivered',
      'changes',
      productHeard.latencies.length,
      productHeard.expected,
      '>= 1',
    ),
  ]
}

async function measure(
  listen: { url: string; frames: object[] },
  write: { url: string; headers: Record<string, string> },
): Promise<Heard> {
  const child = await startChild('./subscribers.ts', {
    ...listen,
    count: subscribers,
    perSubscriber: writes,
    quietMs: 5000,
  })
  const sent: Promise<unknown>[] = []
  for (let i = 0; i < writes; i++) {
    const at = (performance.timeOrigin + performance.now()).toFixed(3)
    const body = JSON.stringify({ title: `w ${at}`, owner: 'u1', done: false, priority: 987_654 })
    sent.push(
      fetch(write.url, { method: 'POST', headers: write.headers, body }).then(response => response.text()),
    )
    await sleep(1000 / writesPerSecond)
  }
  await Promise.all(sent)
  const heard = await child.next<Heard>()
  return heard
}
