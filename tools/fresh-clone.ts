// Does a newcomer's first minute work? Clones HEAD into an empty folder, runs `npm start` there until the server
// answers, and stops it; with --test also `npm test`. Uses the Node and npm of the machine, as a newcomer would.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cloudbox-clone-'))
const clone = join(folder, 'cloudbox')
const startTimeoutMs = 300_000

chmodSync(folder, 0o755)
try {
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', root, clone])
  await timed('first npm start, until it answers', startAndStop)
  await timed('second npm start', startAndStop)
  if (process.argv.includes('--test')) await timed('npm test', runTests)
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}

async function startAndStop(): Promise<void> {
  const npm = runNpm(['start', '--', '--json', '--port', '0', '--data-dir', join(folder, 'data')], 'pipe')
  const exit = once(npm, 'exit')
  try {
    const { url } = await readyEvent(npm)
    const response = await fetch(`${url}/health`)
    if (!response.ok) throw new Error(`/health answered ${response.status}`)
  } finally {
    interrupt(npm)
    await exit
  }
}

async function readyEvent(npm: ChildProcess): Promise<{ url: string }> {
  const timer = setTimeout(() => interrupt(npm), startTimeoutMs)
  try {
    for await (const line of createInterface(npm.stdout!)) {
      if (line.startsWith('{"event":"ready"')) return JSON.parse(line) as { url: string }
    }
    throw new Error('npm start ended before the server was ready')
  } finally {
    clearTimeout(timer)
  }
}

async function runTests(): Promise<void> {
  const [code] = (await once(runNpm(['test'], 'inherit'), 'exit')) as [number | null]
  if (code !== 0) throw new Error(`npm test ended with ${code}`)
}

function runNpm(args: readonly string[], stdout: 'pipe' | 'inherit'): ChildProcess {
  // Our own node_modules/.bin must not lend the clone its Node.
  const path = (process.env['PATH'] ?? '').split(delimiter).filter(part => !part.includes('node_modules'))
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|NODE)/.test(name))
  return spawn('npm', args, {
    cwd: clone,
    env: { ...Object.fromEntries(inherited), PATH: path.join(delimiter) },
    stdio: ['ignore', stdout, 'inherit'],
    // A group of its own, so that all of it is interrupted as by Ctrl-C in a terminal.
    detached: true,
    shell: process.platform === 'win32',
  })
}

function interrupt(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT')
}

async function timed(name: string, work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now()
  await work()
  console.log(`✓ ${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}
