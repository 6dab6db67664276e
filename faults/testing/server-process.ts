import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readPidFile } from '@cloudbox/server/kernel/postgres/postmaster'
import { isAlive, processesOfCluster, signal, waitUntil } from '@cloudbox/server/kernel/postgres/processes'

/** How long whoever waits for the server is patient: it ends a test that would hang, and decides nothing else. */
const patienceMs = 120_000

const program = fileURLToPath(import.meta.resolve('@cloudbox/server/main'))

/** Compiling is a third of a start. Who is killed keeps nothing, so somebody compiles for those who come after. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/faults', import.meta.url))
let compiling: Promise<unknown> | undefined

function compileOnce(): Promise<unknown> {
  const everything = `await import(${JSON.stringify(import.meta.resolve('@cloudbox/server/start'))})`
  return (compiling ??= promisify(execFile)(process.execPath, ['--input-type=module', '--eval', everything], {
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  }))
}

/** A line of the server's log. */
export interface LogLine {
  readonly event: string
  readonly level?: string
  readonly [field: string]: unknown
}

interface Ready {
  readonly url: string
  readonly environmentUrl: string
  readonly publishableKey: string
  readonly secretKey: string
  readonly databaseUrl: string
}

/** A server in a process of its own with its own Postgres, as `npm start` runs it, which a test may kill. */
export interface ServerProcess extends Ready {
  readonly port: number
  readonly pid: number
  readonly pgData: string
  /** Everything it has logged, through all restarts. */
  readonly log: readonly LogLine[]
  /** Waits for a log line; those before the call do not count. Rejects when it never comes, at once when the server has ended. */
  heard(event: string, isIt?: (line: LogLine) => boolean): Promise<LogLine>
  /** Ends it without a word, and waits until it is gone; Postgres stays. */
  kill(): Promise<void>
  /** Starts it again on the same data and port. */
  start(): Promise<void>
  postgresPid(): number
  /** The most memory it ever held since the last `forgetPeak`. */
  peakBytes(): number
  forgetPeak(): void
  request(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>
  /** A signed token of a simulated user. */
  token(uid: string): Promise<string>
}

/** Starts it; it ends with the test, and the test fails when it has logged a bug. */
export async function startServerProcess(
  t: TestContext,
  { argv = [], dataDir }: { readonly argv?: readonly string[]; readonly dataDir?: string } = {},
): Promise<ServerProcess> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'cloudbox-faults-')))
  const pgData = join(folder, 'postgres')
  const log: LogLine[] = []
  const waiting = new Set<(line: LogLine) => void>()
  const whenOver = new Set<() => void>()
  let child: ChildProcess
  let ready: Ready
  let isOver = false
  let isDeathExpected = false
  let unexpectedEnd: string | undefined

  const launch = async (port: number) => {
    // A test that has run out of time goes on: what it starts now nobody would end.
    if (isOver) throw new Error('the test is over')
    isDeathExpected = false
    const args = [
      program,
      '--json',
      '--log-level',
      'info',
      '--port',
      String(port),
      '--data-dir',
      folder,
      ...argv,
    ]
    const env = { ...process.env, NODE_COMPILE_CACHE: compiled }
    const started = (child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
    started.once('exit', (code, name) => {
      if (isDeathExpected) return
      unexpectedEnd = `the server ended by itself: ${name ?? `exit code ${code}`}`
      log.push({ event: 'server.bug', text: unexpectedEnd })
    })
    createInterface(started.stderr!)
      .on('line', text => {
        const line = readLine(text)
        log.push(line)
        for (const hear of [...waiting]) hear(line)
      })
      // Its last words have been heard by now.
      .once('close', () => {
        if (!isDeathExpected) for (const giveUp of [...whenOver]) giveUp()
      })
    const impatience = setTimeout(() => started.kill('SIGKILL'), patienceMs)
    try {
      for await (const line of createInterface(started.stdout!)) {
        ready = JSON.parse(line) as Ready
        return
      }
    } finally {
      clearTimeout(impatience)
    }
    throw new Error(`the server did not start:\n${lastWords(log)}`)
  }
  const end = async (name: NodeJS.Signals) => {
    isDeathExpected = true
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(name)
    await ended
  }

  t.after(async () => {
    isOver = true
    await end('SIGKILL')
    for (const pid of processesOfCluster(pgData)) signal(pid, 'SIGKILL')
    await waitUntil(() => !processesOfCluster(pgData).some(isAlive), 10_000)
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  await launch(0)
  const port = Number(new URL(ready!.url).port)
  const headers = { apikey: ready!.secretKey, 'content-type': 'application/json' }
  const request: ServerProcess['request'] = async (method, path, body) => {
    const response = await fetch(`${ready.environmentUrl}/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }
  return {
    ...ready!,
    port,
    pgData,
    log,
    get pid() {
      return child.pid!
    },
    heard: (event, isIt = () => true) => {
      const { promise, resolve, reject } = Promise.withResolvers<LogLine>()
      const hear = (line: LogLine) => {
        if (line.event === event && isIt(line)) resolve(line)
      }
      waiting.add(hear)
      const never = () => {
        const why = unexpectedEnd === undefined ? '' : ` (${unexpectedEnd})`
        reject(new Error(`the server never logged ${event}${why}:\n${lastWords(log)}`))
      }
      whenOver.add(never)
      if (unexpectedEnd !== undefined) never()
      const impatience = setTimeout(never, patienceMs).unref()
      const settled = promise.finally(() => {
        clearTimeout(impatience)
        waiting.delete(hear)
        whenOver.delete(never)
      })
      // Whoever failed before it waited is told why it failed.
      settled.catch(() => {})
      return settled
    },
    kill: () => end('SIGKILL'),
    start: async () => {
      await compileOnce()
      await launch(port)
    },
    postgresPid: () => {
      const pid = readPidFile(pgData)?.pid
      // Not 0: a signal to that reaches everybody here.
      if (pid === undefined || !(pid > 0)) throw new Error('Postgres does not run')
      return pid
    },
    peakBytes: () => {
      if (unexpectedEnd !== undefined) throw new Error(unexpectedEnd)
      return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
    },
    // See proc_pid_clear_refs(5): 5 sets the peak to what is held now.
    forgetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, '5'),
    request,
    token: uid =>
      request('POST', '/auth/test-token', { uid, claims: {} }).then(
        ({ body }) => (body as { token: string }).token,
      ),
  }
}

/** What the server says of itself when something happened that nobody meant to happen. */
export function bugsOf({ log }: ServerProcess): LogLine[] {
  return log.filter(({ event }) => /(?:^|\.)bug$|listener-failed|^unreadable$/.test(event))
}

/** The end of a log, for whoever reads why a test failed. */
function lastWords(log: readonly LogLine[]): string {
  return log
    .slice(-30)
    .map(line => JSON.stringify(line).replaceAll(/(?<=cb_secret_)\w+/g, '…'))
    .join('\n')
}

function readLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return { event: 'unreadable', text }
  }
}
