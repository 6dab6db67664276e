import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { lockInstance } from './instance-lock.ts'
import { startTimeOf } from './processes.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'cloudbox-lock-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const lockFile = () => join(dataDir, 'instance.lock')
const writeLock = (holder: object) => writeFileSync(lockFile(), JSON.stringify({ id: 'other', ...holder }))

test('it is held until released', () => {
  const lock = lockInstance(dataDir)
  assert.throws(() => lockInstance(dataDir), {
    code: 'postgres/in-use',
    message: new RegExp(`process ${process.pid}`),
  })
  lock.release()
  lockInstance(dataDir).release()
  assert.deepEqual(readdirSync(dataDir), [])
})

test('whoever is refused learns where the holder answers', () => {
  const lock = lockInstance(dataDir)
  lock.announce('http://localhost:8090')
  assert.throws(() => lockInstance(dataDir), { message: /at http:\/\/localhost:8090/ })
})

test('the lock of a process that has ended is taken over', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'close')
  writeLock({ pid: child.pid })
  lockInstance(dataDir)
  assert.equal((JSON.parse(readFileSync(lockFile(), 'utf8')) as { pid: number }).pid, process.pid)
})

test(
  'a pid that is used again by a younger process does not hold it',
  { skip: process.platform === 'win32' },
  () => {
    writeLock({ pid: process.ppid, startTime: `${startTimeOf(process.ppid)}` })
    assert.throws(() => lockInstance(dataDir), { code: 'postgres/in-use' })
    writeLock({ pid: process.ppid, startTime: 'long ago' })
    lockInstance(dataDir)
  },
)

test('a file that is no lock is taken over', () => {
  writeFileSync(lockFile(), 'torn')
  lockInstance(dataDir)
})

test('of many processes that find a stale lock one gets it', async () => {
  writeLock({ pid: 99_999_999 })
  const program = `
    import { lockInstance } from ${JSON.stringify(import.meta.resolve('./instance-lock.ts'))}
    process.stdin.once('data', () => {
      try { lockInstance(process.argv[1]); console.log('got it'); setTimeout(() => {}, 60_000) }
      catch (error) { console.log(error.code); process.exit() }
    })
    console.log('ready')`
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', program, dataDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  )
  try {
    await Promise.all(children.map(child => once(child.stdout, 'data')))
    const answers = children.map(async child => String((await once(child.stdout, 'data'))[0]).trim())
    for (const child of children) child.stdin.write('go\n')
    assert.deepEqual((await Promise.all(answers)).toSorted(), ['got it', ...Array(5).fill('postgres/in-use')])
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
})
