import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { plain } from '../figure.ts'
import { bars } from '../picture.ts'
import { memoryBelow, memoryOf } from '../processes.ts'
import type { Report } from '../report.ts'
import { caller } from '../stage.ts'
import { startWholeServer } from '../whole-server.ts'

const settleMs = 3000
const idleMs = 60_000
const places = 171_000
const batch = 5000

/** What everything that was started takes, with Postgres, when nobody asks for anything. */
export async function memory(say: (text: string) => void): Promise<Report> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudbox-bench-'))
  const server = await startWholeServer(dataDir)
  const seen: { when: string; server: number; postgres: number; processes: number }[] = []
  const look = (when: string) => {
    const postgres = memoryBelow(server.pid)
    seen.push({
      when,
      server: memoryOf(server.pid),
      postgres: postgres.mb,
      processes: postgres.processes + 1,
    })
  }
  try {
    say('memory: fresh')
    await sleep(settleMs)
    look('fresh')
    const call = caller(`${server.ready.environmentUrl}/v1`, server.ready.secretKey)
    await call('/data/$collections', collection)
    for (let from = 0; from < places; from += batch) {
      const count = Math.min(batch, places - from)
      await call(
        '/data/places',
        Array.from({ length: count }, (_, i) => place(from + i)),
      )
      say(`memory: loading ${from + count} of ${places} documents`)
    }
    await sleep(settleMs)
    look('after the load')
    say('memory: one minute of silence')
    await sleep(idleMs)
    look('a minute later')
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return {
    title: 'Idle memory',
    about: `CloudBox as it is started, with its embedded Postgres: fresh, ${settleMs / 1000} s after ${places.toLocaleString('en')} documents were loaded through the API (as many as the demo's cities, of the same kind), and a minute later. Memory is the proportional set size of all processes: what they share is counted once.`,
    figures: seen.flatMap(({ when, server: ours, postgres, processes }) => [
      plain(`${when}: everything, ${processes} processes`, 'MB', ours + postgres, '<= 250'),
      plain(`${when}: the server`, 'MB', ours),
      plain(`${when}: Postgres`, 'MB', postgres),
    ]),
    notes: [
      'Every 10 s the server looks whether it is idle, and then gives back what a load has left; 3 s after one that has not happened yet, so that figure is no idle memory in the strict sense.',
    ],
    picture: bars({
      title: 'Idle memory of all processes, in MB',
      subtitle: `before and after ${places.toLocaleString('en')} documents were loaded`,
      series: ['server', 'Postgres'],
      groups: seen.map(({ when, server: ours, postgres }) => ({
        label: when,
        bars: [
          {
            label: when,
            text: `${Math.round(ours + postgres)} MB`,
            parts: [
              { value: ours, series: 0 },
              { value: postgres, series: 1 },
            ],
          },
        ],
      })),
      mark: { value: 250, label: 'aim: 250 MB' },
    }),
  }
}

const collection = {
  name: 'places',
  fields: {
    name: { type: 'text', required: true },
    country: { type: 'text' },
    region: { type: 'text' },
    position: { type: 'geopoint' },
    population: { type: 'integer' },
  },
  indexes: [{ fields: ['country', 'name'] }],
}

function place(i: number): object {
  return {
    name: `Place number ${i}`,
    country: String.fromCharCode(65 + (i % 26), 65 + (i % 17)),
    region: String(i % 50),
    position: { lat: (i % 180) - 90, lng: (i % 360) - 180 },
    population: i * 3,
  }
}
