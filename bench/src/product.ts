// The product in a process of its own: everything through the public door, in an environment that is not a dev one.
import { createServer } from '@cloudbox/server/server'
import { readConfig } from '@cloudbox/server/kernel/config'
import { createLog } from '@cloudbox/server/kernel/log'
import { openCluster } from '@cloudbox/server/kernel/postgres/cluster'
import { modules } from '@cloudbox/server/modules/index'

const { dataDir } = JSON.parse(process.argv[2]!) as { dataDir: string }
const log = createLog('warn', line => process.stderr.write(`${line}\n`))
const cluster = await openCluster({ dataDir, log })
const config = readConfig(modules, [], {})
const server = await createServer({ connection: cluster.connection, config, log, modules })
const environment = await server.platform.ensureEnvironment({
  organisation: 'bench',
  project: 'bench',
  name: 'production',
  dev: false,
})
const secretKey = await server.platform.createKey(environment.id, 'secret')
const publishableKey = await server.platform.ensurePublishableKey(environment.id)
const url = await server.listen('127.0.0.1', 0)
process.stdout.write(
  `${JSON.stringify({ base: `${url}/bench/production/v1`, secretKey, publishableKey, schema: environment.schema, connection: cluster.connection })}\n`,
)
process.on('SIGINT', async () => {
  await server.stop()
  await cluster.stop()
  process.exit(0)
})
