// One of several processes that answer requests. Started by the first one, which tells it everything over the link.
import { Socket } from 'node:net'
import { Link } from '../kernel/link.ts'
import { createLog } from '../kernel/log.ts'
import { linkedPeers } from '../kernel/peers.ts'
import { followStream } from '../kernel/stream/relayed-stream.ts'
import { TlsContexts } from '../kernel/tls-contexts.ts'
import { hasTls } from '../kernel/tls-settings.ts'
import { modules } from '../modules/index.ts'
import { createServer, type Server } from '../server.ts'
import { isWorkerMessage, linkDescriptor, type WorkerMessage } from './messages.ts'

const link = new Link(new Socket({ fd: linkDescriptor, readable: true, writable: true }))
const say = (message: WorkerMessage) => link.send(message)
const tls = new TlsContexts()
let server: Promise<Server> | undefined

link.hear(message => {
  if (!isWorkerMessage(message)) return
  if (message.t === 'worker.start') {
    server = serve(message)
    server.catch(error => say({ t: 'worker.failed', message: (error as Error).stack ?? String(error) }))
  } else if (message.t === 'worker.certificates') tls.show(message.certificates)
  else if (message.t === 'worker.drain') void drain()
})
// Without the first process there are neither changes nor anybody who would start what is missing.
void link.closed.then(() => process.exit(1))
// Ctrl-C reaches every process of the terminal; the first one says what is to be done.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => void drain())

async function serve({
  worker,
  connection,
  config,
}: Extract<WorkerMessage, { t: 'worker.start' }>): Promise<Server> {
  process.title = `cloudbox worker ${worker}`
  const log = createLog(config.server.logLevel, line => process.stderr.write(`${line}\n`), { worker })
  const peers = linkedPeers(link, worker)
  const stream = await followStream(link, log)
  const running = await createServer({
    connection,
    config,
    log,
    modules,
    tls: hasTls(config.server) ? tls : undefined,
    follows: { stream, peers },
  })
  const { host, port } = config.server
  say({ t: 'worker.ready', url: await running.listen(host, port, true) })
  return running
}

async function drain(): Promise<void> {
  await (await server)?.stop()
  process.exit(0)
}
