// The product in a process of its own: everything through the public door, in an environment that is not a dev one.
import { readConfig } from '@cloudbox/server/kernel/config'
import { createLog } from '@cloudbox/server/kernel/log'
import { openCluster } from '@cloudbox/server/kernel/postgres/cluster'
import { modules } from '@cloudbox/server/modules/index'
import { createServer } from '@cloudbox/server/server'
import { answerParent } from './answer-parent.ts'
import { brancher } from './brancher.ts'
import { memoryAfterCollection } from './memory-after-collection.ts'
import { migrator } from './migrator.ts'
import { listenerTime } from './listener-time.ts'
import { recordingSwitch } from './recording-switch.ts'

const { dataDir, flags = [] } = JSON.parse(process.argv[2]!) as { dataDir: string; flags?: string[] }
const log = createLog('warn', line => process.stderr.write(`${line}\n`))
const cluster = await openCluster({ dataDir, log })
const timed = listenerTime()
const branching = brancher()
const migrating = migrator()
const recording = recordingSwitch()
const installed = [recording.module, timed.module, ...modules, branching.module, migrating.module]
const config = readConfig(installed, flags, { CLOUDBOX_MASTER_KEY: 'be'.repeat(32) })
const server = await createServer({ connection: cluster.connection, config, log, modules: installed })
const environment = await server.platform.ensureEnvironment({
  organisation: 'bench',
  project: 'bench',
  name: 'production',
  dev: false,
})
const secretKey = await server.platform.createKey(environment.id, 'secret')
const publishableKey = await server.platform.ensurePublishableKey(environment.id)
const url = (await server.listen('127.0.0.1', 0)).replace('localhost', '127.0.0.1')
const { schema } = environment
answerParent(
  {
    base: `${url}/bench/production/v1`,
    secretKey,
    publishableKey,
    schema,
    connection: cluster.connection,
  },
  {
    memory: memoryAfterCollection,
    listeners: timed.take,
    record: recording.record,
    branch: branching.branch,
    begin: migrating.begin,
    change: migrating.change,
  },
)
process.on('SIGINT', async () => {
  await server.stop()
  await cluster.stop()
  process.exit(0)
})
