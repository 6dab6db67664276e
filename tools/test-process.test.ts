import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { isAlive } from '../packages/server/src/kernel/postgres/processes.ts'

const loaded = new URL('./test-process.ts', import.meta.url).href

/** Runs a test file with one child, which writes where the file does, as the runner does; answers what was said. */
async function runWithChild(t: TestContext, child: string, rest: string) {
  const folder = await mkdtemp(join(tmpdir(), 'cloudbox-test-process-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'file.ts')
  await writeFile(
    file,
    `import { spawn } from 'node:child_process'
     import { once } from 'node:events'
     const child = spawn(process.execPath, ['-e', ${JSON.stringify(`${child}; console.log('here'); setInterval(() => {}, 1000)`)}], { stdio: ['ignore', 'pipe', 'inherit'] })
     await once(child.stdout, 'data')
     console.log(child.pid)
     ${rest}`,
  )
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', loaded, file], {
    encoding: 'utf8',
    env: { ...process.env, TEST_FILE_TIMEOUT_MS: '1500' },
    // A pipe that a child holds keeps this waiting, as it would keep the runner.
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  return { status, stderr, childPid: Number(stdout) }
}

test('a file that is kept by what it has started is ended with it, and says so', async t => {
  const { status, stderr, childPid } = await runWithChild(t, '', '')
  assert.equal(status, 1)
  assert.match(stderr, /did not end within 1.5 s; it is kept by .*ProcessWrap/)
  assert.ok(childPid > 0)
  assert.equal(isAlive(childPid), false)
})

test('a child that does not listen is ended with the file that failed', async t => {
  const { status, childPid } = await runWithChild(t, `process.on('SIGINT', () => {})`, 'process.exit(7)')
  assert.equal(status, 7)
  assert.ok(childPid > 0)
  assert.equal(isAlive(childPid), false)
})
