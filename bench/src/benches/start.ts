import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, plain } from '../figure.ts'
import type { Report } from '../report.ts'
import { startWholeServer } from '../whole-server.ts'

const warmStarts = 5

/** From the command to the first answer. */
export async function start(say: (text: string) => void): Promise<Report> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudbox-bench-'))
  try {
    say('start: cold')
    const cold = await startWholeServer(dataDir)
    await cold.stop()
    const warm: number[] = []
    for (let i = 0; i < warmStarts; i++) {
      say(`start: warm, ${i + 1} of ${warmStarts}`)
      const server = await startWholeServer(dataDir)
      warm.push(server.startMs)
      await server.stop()
    }
    return {
      title: 'Start',
      about: `From the start of the process to the first request answered from the database: cold with an empty folder (Postgres is initialised, the tables are made), warm with a folder that was stopped in order; warm is the median of ${warmStarts}.`,
      figures: [
        plain('cold start', 's', cold.startMs / 1000),
        plain('warm start', 's', median(warm) / 1000),
        plain('slowest warm start', 's', Math.max(...warm) / 1000),
      ],
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}
