// The floor: a bare node:http handler, the same Postgres, a named prepared statement, JSON built by Postgres.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { WebSocketServer, WebSocket } from 'ws'

const { connection, schema } = JSON.parse(process.argv[2]!) as { connection: pg.PoolConfig; schema: string }
const pool = new pg.Pool({ ...connection, max: 16 })
const table = `"${schema}"."tasks"`
const columns = `"id", "created_at" as "createdAt", "updated_at" as "updatedAt", "title", "owner", "done", "priority"`
const get = `select row_to_json(t)::text as body from (select ${columns} from ${table} where "id" = $1 and "owner" = $2) t`
const list = `select coalesce(json_agg(t), '[]')::text as body from (select ${columns} from ${table} where "done" = $1 and "owner" = $2 order by "priority" desc, "id" limit 20) t`
const insert = `insert into ${table} ("title", "owner", "done", "priority") values ($1, $2, $3, $4) returning row_to_json(${table.split('.')[1]})::text as body`

const server = createServer((request, response) => {
  const url = new URL(request.url!, 'http://localhost')
  const owner = url.searchParams.get('owner') ?? 'u1'
  const answer = async (name: string, text: string, values: unknown[]) => {
    const { rows } = await pool.query<{ body: string }>({ name, text, values })
    response.setHeader('content-type', 'application/json')
    response.end(rows[0]!.body)
    return rows[0]!.body
  }
  if (request.method === 'POST') {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', chunk => (body += chunk))
    request.on('end', async () => {
      const { title, done, priority } = JSON.parse(body)
      const written = await answer('insert', insert, [title, owner, done, priority])
      for (const socket of sockets.clients) if (socket.readyState === WebSocket.OPEN) socket.send(written)
    })
  } else if (url.pathname === '/list') void answer('list', list, [false, owner])
  else void answer('get', get, [url.pathname.slice(1), owner])
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ base: `http://127.0.0.1:${port}` })}\n`)
})
process.on('SIGINT', () => process.exit(0))
