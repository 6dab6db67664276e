import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'

/** What the page has to know. The secret key is not part of it, and must never be. */
export interface ServeOptions {
  readonly environmentUrl: string
  readonly publishableKey: string
  /** Port to listen on; a free one unless told, or when it is taken. */
  readonly port?: number
}

/** The demo page while it is served. */
export interface ServedDemo {
  readonly url: string
  stop(): Promise<void>
}

/** Bundles the page once and serves it on this machine. */
export async function serveDemo({
  environmentUrl,
  publishableKey,
  port = 0,
}: ServeOptions): Promise<ServedDemo> {
  const files = new Map<string, readonly [type: string, body: string | Uint8Array]>([
    ['/', ['text/html; charset=utf-8', await readFile(beside('index.html'))]],
    ['/style.css', ['text/css; charset=utf-8', await readFile(beside('style.css'))]],
    ['/page.js', ['text/javascript; charset=utf-8', await bundle()]],
    ['/config.json', ['application/json', JSON.stringify({ environmentUrl, publishableKey })]],
  ])
  const headers = securityHeaders(environmentUrl)
  const server = createServer((request, response) => {
    const file = files.get((request.url ?? '').split('?')[0]!)
    if (file === undefined) return answer(response, 404, 'text/plain', 'Not found\n')
    answer(response, 200, ...file)
  })
  const answer = (response: ServerResponse, status: number, type: string, body: string | Uint8Array) => {
    response.writeHead(status, { ...headers, 'content-type': type }).end(body)
  }

  const listen = (wanted: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(wanted, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  await listen(port).catch(() => listen(0))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function bundle(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [beside('src/page.ts')],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
  })
  // Its process has nothing left to do.
  await stop()
  return outputFiles[0]!.contents
}

/** The page may load its own files and talk to its environment, nothing else. */
function securityHeaders(environmentUrl: string): Record<string, string> {
  const { origin } = new URL(environmentUrl)
  const policy = [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `img-src data:`,
    `connect-src 'self' ${origin} ${origin.replace(/^http/, 'ws')}`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  }
}

function beside(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
