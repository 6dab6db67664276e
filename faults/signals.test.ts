import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isAlive, processesOfCluster, signal } from '@cloudbox/server/kernel/postgres/processes'

/** Ends a test that hangs, with everything it has started. */
const timeout = 300_000
const root = fileURLToPath(new URL('..', import.meta.url))

// One for all: each begins where the one before has ended.
const folder = await mkdtemp(join(tmpdir(), 'cloudbox-signals-'))
after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))

interface Started {
  readonly npm: ChildProcess
  readonly url: string
  /** Every process of it but npm's own: those of the server, its workers, and Postgres. */
  readonly pids: readonly number[]
}

/** Runs `npm start` in a group of processes of its own, as a terminal does. */
async function npmStart(t: TestContext, argv: readonly string[]): Promise<Started> {
  const args = ['start', '--', '--json', '--no-demo', '--port', '0', '--data-dir', folder, ...argv]
  const npm = spawn('npm', args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  const exited = once(npm, 'exit')
  const pgData = join(folder, 'postgres')
  let pids: number[] = []
  t.after(async () => {
    signal(-npm.pid!, 'SIGKILL')
    for (const pid of [...pids, ...processesOfCluster(pgData)]) signal(pid, 'SIGKILL')
    await exited
  })
  for await (const line of createInterface(npm.stdout!)) {
    if (!line.startsWith('{"event":"ready"')) continue
    const { url, workers = [] } = JSON.parse(line) as { url: string; workers?: number[] }
    pids = [...workers, ...processesOfCluster(pgData)]
    assert.ok(pids.length > workers.length, 'Postgres is found')
    return { npm, url, pids }
  }
  throw new Error('npm start ended before the server was ready')
}

for (const workers of [1, 2]) {
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    test(
      `${name} to npm alone ends the server (--workers ${workers}) and Postgres before npm ends`,
      { timeout },
      async t => {
        const { npm, url, pids } = await npmStart(t, ['--workers', String(workers)])
        const exited = once(npm, 'exit')
        npm.kill(name)
        assert.deepEqual(await exited, [0, null], 'the server ended by itself, and well')
        assert.deepEqual(pids.filter(isAlive), [])
        await assert.rejects(fetch(url))
      },
    )
  }
}

test(
  'Ctrl-C in a terminal, which reaches every process and once more through npm, is one wish to stop',
  { timeout },
  async t => {
    const { npm, pids } = await npmStart(t, [])
    const exited = once(npm, 'exit')
    process.kill(-npm.pid!, 'SIGINT')
    assert.deepEqual(await exited, [0, null])
    assert.deepEqual(pids.filter(isAlive), [])
  },
)
