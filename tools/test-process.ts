// Loaded into the process of every test file: none lasts for ever, and what it has started does not outlive it.
import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { isAlive, signal } from '../packages/server/src/kernel/postgres/processes.ts'

const patienceMs = 5000
const timeoutMs = Number(process.env['TEST_FILE_TIMEOUT_MS'])
const children = new Set<ChildProcess>()

subscribe('child_process', message => {
  const { process: child } = message as { process: ChildProcess }
  children.add(child)
  child.once('exit', () => children.delete(child))
})

// The timeout of the test runner ends tests only: a file whose tests are over goes on as long as anything keeps it.
if (timeoutMs > 0) {
  const timer = setTimeout(() => {
    const kept = process.getActiveResourcesInfo().join(', ')
    process.stderr.write(`The file did not end within ${timeoutMs / 1000} s; it is kept by ${kept}.\n`)
    process.exit(1)
  }, timeoutMs)
  timer.unref()
}

process.once('exit', () => {
  const pids = [...children].flatMap(({ pid }) => (pid !== undefined && isAlive(pid) ? [pid] : []))
  // As Ctrl-C, so that a server stops its Postgres; nobody waits for those who do not listen.
  for (const pid of pids) signal(pid, 'SIGINT')
  const pause = new Int32Array(new SharedArrayBuffer(4))
  const end = performance.now() + patienceMs
  while (pids.some(isAlive) && performance.now() < end) Atomics.wait(pause, 0, 0, 20)
  for (const pid of pids) if (isAlive(pid)) signal(pid, 'SIGKILL')
})
