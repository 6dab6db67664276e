import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A page with nothing but `<cloudbox-auth>` and who is signed in. */
export interface AuthPage {
  readonly url: string
  stop(): Promise<void>
}

/** Serves it, with a policy as strict as a careful app has it. */
export async function serveAuthPage(environmentUrl: string, publishableKey: string): Promise<AuthPage> {
  const { outputFiles } = await build({
    stdin: {
      contents: script(environmentUrl, publishableKey),
      resolveDir: fileURLToPath(new URL('../packages/sdk/src/', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src ${new URL(environmentUrl).origin}`
  const files: Record<string, readonly [type: string, body: string | Uint8Array]> = {
    '/page.js': ['text/javascript', outputFiles[0]!.contents],
    '/page.css': ['text/css', css],
  }
  const server = createServer((request, response) => {
    const [type, body] = files[request.url ?? ''] ?? ['text/html; charset=utf-8', html]
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const css = `:root { color-scheme: light dark; background: light-dark(#f3f4f6, #101114) }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; padding: 1.5rem 1rem; box-sizing: border-box }
cloudbox-auth { width: 100% }
output { position: fixed; inset: auto 0 0; font: 12px system-ui; color: light-dark(#888, #777); text-align: center }`

const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in</title><link rel="stylesheet" href="/page.css"><link rel="icon" href="data:,">
<cloudbox-auth></cloudbox-auth><output></output><script type="module" src="/page.js"></script></html>`

function script(url: string, key: string): string {
  return `
    import { createClient } from './client.ts'
    import './auth/element.ts'
    const box = createClient(${JSON.stringify(url)}, ${JSON.stringify(key)})
    Object.assign(globalThis, { box, heard: [] })
    const element = document.querySelector('cloudbox-auth')
    box.auth.onAuthStateChange((event, session) => {
      globalThis.heard.push(event)
      document.querySelector('output').textContent = event + ' ' + (session?.user.email ?? 'nobody')
    })
    element.addEventListener('signed-in', ({ detail }) => globalThis.heard.push('signed-in ' + detail.user.email))
    element.client = box`
}
