import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, plain } from '../figure.ts'
import type { Report } from '../report.ts'
import { startApp } from '../start-app.ts'
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
    say('start: cloudbox dev, cold')
    const app = join(dataDir, 'app')
    const coldApp = await startApp(app)
    const warmApp: number[] = []
    for (let i = 0; i < warmStarts; i++) {
      say(`start: cloudbox dev, warm, ${i + 1} of ${warmStarts}`)
      warmApp.push(await startApp(app))
    }
    return {
      title: 'Start',
      about: `From the start of the process to the first request answered from the database: cold with an empty folder (Postgres is initialised, the tables are made), warm with a folder that was stopped in order; warm is the median of ${warmStarts}. \`cloudbox dev\` is run from the sources in an app's folder with one collection: until its schema is applied, everything is told and a request is answered.`,
      figures: [
        plain('cold start', 's', cold.startMs / 1000),
        plain('warm start', 's', median(warm) / 1000),
        plain('slowest warm start', 's', Math.max(...warm) / 1000),
        plain('cloudbox dev, cold', 's', coldApp / 1000, '<= 15'),
        plain('cloudbox dev, warm', 's', median(warmApp) / 1000, '<= 3'),
      ],
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}
