import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What `--json` prints when the server is ready. */
interface Ready {
  readonly url: string
  readonly environmentUrl: string
  readonly secretKey: string
}

/** CloudBox as a person starts it, without the demo. */
export interface WholeServer {
  readonly ready: Ready
  readonly pid: number
  /** From the start of the process to the first answered request that reads from the database. */
  readonly startMs: number
  stop(): Promise<void>
}

/** @param more options of the command line */
export async function startWholeServer(dataDir: string, more: readonly string[] = []): Promise<WholeServer> {
  const watch = new URL('./end-whole-server-with-parent.ts', import.meta.url).href
  const main = new URL('../../packages/server/src/main.ts', import.meta.url).pathname
  const start = performance.now()
  const child = spawn(
    process.execPath,
    ['--import', watch, main, '--json', '--port', '0', '--data-dir', dataDir, ...more],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  if (done) throw new Error('the server ended before it was ready')
  const ready = JSON.parse(value) as Ready
  const response = await fetch(`${ready.environmentUrl}/v1/data/$collections`, {
    headers: { apikey: ready.secretKey },
  })
  if (!response.ok) throw new Error(await response.text())
  await response.text()
  return {
    ready,
    pid: child.pid!,
    startMs: performance.now() - start,
    stop: async () => {
      child.kill('SIGINT')
      await exited
    },
  }
}
