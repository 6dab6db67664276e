// Serves the files of this folder on this machine: PORT=8000 node serve.js
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'

const folder = import.meta.dirname
const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}
/** Only what the page is made of: no dot files, and of node_modules the client alone. */
const isPublic = /^\/(?:[\w-]+\.\w+|node_modules\/@cloudbox\/client\/dist\/(?:[\w-]+\/)*[\w-]+\.js)$/

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const path = pathname === '/' ? '/index.html' : pathname
  const type = types[extname(path)]
  try {
    if (type === undefined || !isPublic.test(path)) throw new Error('not public')
    const content = await readFile(join(folder, normalize(path)))
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' }).end(content)
  } catch {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found\n')
  }
})

let port = Number(process.env.PORT ?? 5173)
server.on('error', error => {
  if (error.code !== 'EADDRINUSE') throw error
  server.listen(++port, 'localhost')
})
server.on('listening', () => console.log(`The app is at http://localhost:${port}/`))
server.listen(port, 'localhost')
