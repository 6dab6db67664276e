// The floor: a bare node:http handler, the same Postgres, named prepared statements, JSON built by Postgres, and a
// bare `ws` broadcaster. Its table is of the same kind in a database of its own, so that nobody but it pays for its writes.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { WebSocket, WebSocketServer } from 'ws'
import { answerParent } from './answer-parent.ts'
import { copyTasks } from './copy-tasks.ts'
import { memoryAfterCollection } from './memory-after-collection.ts'
import { insertTask, writeSteadily, type SteadyWrites } from './steady-writes.ts'

const { connection, documents } = JSON.parse(process.argv[2]!) as {
  connection: pg.PoolConfig
  documents: number
}
const admin = new pg.Client(connection)
await admin.connect()
await admin.query('create database floor')
await admin.end()

const pool = new pg.Pool({ ...connection, database: 'floor', max: 16 })
await pool.query(`
  create table tasks (
    id uuid primary key default uuidv7(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    title text not null, owner text not null, done boolean default false, priority bigint default 0);
  create index on tasks (owner, done, priority desc, id);
  insert into tasks (title, owner, done, priority)
    select 'task ' || i, 'u' || i % 100, i % 3 = 0, i % 1000 from generate_series(0, ${documents - 1}) i;
  analyze tasks`)

const columns = `id, created_at as "createdAt", updated_at as "updatedAt", title, owner, done, priority`
const statements = {
  get: `select row_to_json(t)::text as body from (select ${columns} from tasks where id = $1 and owner = $2) t`,
  list: `select coalesce(json_agg(t), '[]')::text as body from
    (select ${columns} from tasks where done = $1 and owner = $2 order by priority desc, id limit 20) t`,
  insert: `with t as (insert into tasks (title, owner, done, priority) values ($1, $2, $3, $4) returning ${columns})
    select row_to_json(t)::text as body from t`,
  update: `with t as (update tasks set done = $3, priority = $4, updated_at = now() where id = $1 and owner = $2 returning ${columns})
    select row_to_json(t)::text as body from t`,
}

const run = async (name: keyof typeof statements, values: unknown[]): Promise<string> => {
  const { rows } = await pool.query<{ body: string }>({ name, text: statements[name], values })
  return rows[0]!.body
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url!, 'http://localhost')
  const owner = url.searchParams.get('owner')
  const id = url.pathname.slice(1)
  let body: string
  if (request.method === 'GET')
    body = id === 'list' ? await run('list', [false, owner]) : await run('get', [id, owner])
  else {
    const { title, done, priority } = JSON.parse(await textOf(request))
    body =
      request.method === 'POST'
        ? await run('insert', [title, owner, done, priority])
        : await run('update', [id, owner, done, priority])
  }
  response.setHeader('content-type', 'application/json')
  response.end(body)
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false, backlog: 4096 })
sockets.on('connection', socket => socket.on('error', () => {}))

function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8').on('data', chunk => (text += chunk))
  return new Promise(resolve => request.once('end', () => resolve(text)))
}

function broadcast(text: string): void {
  for (const socket of sockets.clients) if (socket.readyState === WebSocket.OPEN) socket.send(text)
}

server.listen(0, '127.0.0.1', 4096, () => {
  const { port } = server.address() as AddressInfo
  answerParent(
    { base: `http://127.0.0.1:${port}` },
    {
      memory: memoryAfterCollection,
      ids: async ({ owner }: { owner: string }) =>
        (
          await pool.query<{ id: string }>('select id from tasks where owner = $1 limit 1000', [owner])
        ).rows.map(row => row.id),
      write: (writes: Omit<SteadyWrites, 'statement'>) =>
        writeSteadily(pool, { ...writes, statement: insertTask('tasks') }, broadcast),
      copy: ({ from, count }: { from: number; count: number }) => copyTasks(pool, from, count),
    },
  )
})
process.on('SIGINT', () => process.exit(0))
