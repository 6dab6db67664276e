// `npm start`: the server, and beside it a demo page on real data, unless `--no-demo` or `--json` is given.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { serveDemo } from '../examples/cities/serve.ts'
import type { FirstEnvironment } from '../packages/server/src/first-environment.ts'
import { helpText, settingsOf } from '../packages/server/src/kernel/config.ts'
import { modules } from '../packages/server/src/modules/index.ts'
import { runUntilStopped, type Companion } from '../packages/server/src/run.ts'
import type { RunningServer } from '../packages/server/src/start.ts'

const withoutDemo = '--no-demo'
const argv = process.argv.slice(2)

if (argv.includes('--help')) {
  process.stdout.write(
    `${helpText(settingsOf(modules))}  ${withoutDemo}  Start without the demo page and its data, as --json does.\n`,
  )
} else {
  const companion = argv.includes(withoutDemo) ? undefined : startDemo
  await runUntilStopped(
    argv.filter(arg => arg !== withoutDemo),
    companion,
  )
}

async function startDemo({ ready, config }: RunningServer): Promise<Companion | undefined> {
  const { json, port } = config.server
  const { environmentUrl, publishableKey, secretKey } = ready
  if (json || environmentUrl === undefined || publishableKey === undefined || secretKey === undefined)
    return undefined
  // The same address after each start, so that a page left open goes on.
  const page = await serveDemo({ environmentUrl, publishableKey, port: port === 0 ? 0 : port + 1 })
  const stopping = new AbortController()
  // The summary is printed as soon as this returns; what the load has to say comes below it.
  setImmediate(() => loadInBackground({ environmentUrl, secretKey }, page.url, stopping.signal))
  return {
    row: ['Demo', page.url],
    stop: () => {
      stopping.abort()
      return page.stop()
    },
  }
}

/** In a process of its own: reading 17 MB of cities would keep the server from answering for a moment. */
function loadInBackground(
  { environmentUrl, secretKey }: Pick<FirstEnvironment, 'environmentUrl' | 'secretKey'>,
  pageUrl: string,
  signal: AbortSignal,
): void {
  const script = fileURLToPath(new URL('../examples/cities/load.ts', import.meta.url))
  const child = spawn(process.execPath, [script, environmentUrl, '--page', pageUrl], {
    // Not an argument: those can be seen by everybody on the machine.
    env: { ...process.env, CLOUDBOX_SECRET_KEY: secretKey },
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  })
  child.on('error', error => {
    if (!signal.aborted) process.stderr.write(`✗ The demo's data could not be loaded: ${error.message}\n`)
  })
}
