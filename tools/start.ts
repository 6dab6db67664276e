// `npm start`: the server, and beside it a demo page on real data, unless `--no-demo` or `--json` is given.
import { loadDemo } from '../examples/cities/src/load.ts'
import { progressBar } from '../examples/cities/src/progress-bar.ts'
import { serveDemo } from '../examples/cities/serve.ts'
import { helpText, settingsOf } from '../packages/server/src/kernel/config.ts'
import { modules } from '../packages/server/src/modules/index.ts'
import { runUntilStopped, type Companion } from '../packages/server/src/run.ts'
import type { RunningServer } from '../packages/server/src/start.ts'

const withoutDemo = '--no-demo'
const argv = process.argv.slice(2)

if (argv.includes('--help')) {
  process.stdout.write(
    `${helpText(settingsOf(modules))}  ${withoutDemo}  Start without the demo page and its data.\n`,
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
  if (json) return undefined
  // The same address after each start, so that a page left open goes on.
  const page = await serveDemo({ ...ready, port: port === 0 ? 0 : port + 1 })
  const stopping = new AbortController()
  const { promise: loaded, resolve } = Promise.withResolvers<void>()
  // The summary is printed as soon as this returns; what the load has to say comes below it.
  setImmediate(() => void load(ready, stopping.signal).finally(resolve))
  return {
    row: ['Demo', page.url],
    stop: async () => {
      stopping.abort()
      await Promise.all([loaded, page.stop()])
    },
  }
}

async function load(
  { environmentUrl: url, secretKey }: RunningServer['ready'],
  signal: AbortSignal,
): Promise<void> {
  try {
    await loadDemo({ url, secretKey, signal, onProgress: progressBar(process.stderr) })
  } catch (error) {
    if (signal.aborted) return
    const { message, hint } = error as Error & { hint?: string }
    process.stderr.write(`\n✗ The demo's data could not be loaded: ${message}${hint ? `\n  ${hint}` : ''}\n`)
  }
}
