// A program that holds the cluster of a data directory until it is told to stop: tests kill it.
import { openCluster } from '../kernel/postgres/cluster.ts'
import { StartProblem } from '../kernel/postgres/start-problem.ts'
import { createLog } from '../kernel/log.ts'

const [dataDir] = process.argv.slice(2)
const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)
try {
  const log = createLog('debug', line => process.stdout.write(`${line}\n`))
  const cluster = await openCluster({ dataDir: dataDir!, log, sync: false, settings: { fsync: 'off' } })
  cluster.announce('http://localhost:1234')
  const idle = setInterval(() => {}, 60_000)
  process.once('SIGINT', async () => {
    await cluster.stop()
    clearInterval(idle)
  })
  cluster.onRestart(() => say({ event: 'heard-restart' }))
  say({ event: 'open', connection: cluster.connection, url: cluster.url })
} catch (error) {
  if (!(error instanceof StartProblem)) throw error
  say({ event: 'problem', code: error.code, message: error.message, hint: error.hint })
}
