import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createClient } from '@cloudbox/client'
import { faultTest } from './testing/fault-test.ts'
import { everything, someQueries } from './testing/queries.ts'
import { bugsOf, startServerProcess } from './testing/server-process.ts'
import { makeThings, persist, things, Writer } from './testing/writers.ts'

const diskBytes = 400_000_000
const reserveBytes = 80_000_000
const filling = Buffer.alloc(4_000_000)

faultTest(
  'on a full disk reads go on and writes say why; with room again all goes on by itself',
  async (t, random) => {
    const disk = mountSmallDisk(t)
    if (typeof disk === 'string') return t.skip(disk)
    const server = await startServerProcess(t, {
      dataDir: join(disk.folder, 'data'),
      argv: ['--disk-reserve-bytes', String(reserveBytes)],
    })
    await makeThings(server)
    const box = createClient(server.environmentUrl, server.secretKey)
    t.after(() => box.close())
    const made = await server.request('POST', '/data/$collections', {
      name: 'bulk',
      fields: { text: { type: 'text' } },
    })
    assert.equal(made.status, 201)
    const text = randomBytes(700_000).toString('base64')
    const insert = () => box.collection('bulk').insert({ text }, { return: 'minimal' })
    const writer = new Writer(t, 0, box, random)
    const watched = [everything, ...someQueries].map(query => ({
      query,
      witness: query.watch(box, [writer]),
    }))
    const settle = async () => {
      for (const { query, witness } of watched) await witness.shows(await query.ask(box))
    }
    for (let count = 0; count < 20; count++) await writer.write()
    await settle()

    // By what others write there: down to the last byte.
    const closed = server.heard('postgres.disk-nearly-full')
    await fill(disk.folder)
    await closed
    const refused = await insert()
    assert.deepEqual([refused.error?.code, refused.status], ['http/read-only', 503], JSON.stringify(refused))
    for (let count = 0; count < 5; count++) await settle()

    // Even a Postgres that dies now comes back, and answers.
    const restarted = server.heard('postgres.restarted')
    process.kill(server.postgresPid(), 'SIGKILL')
    await restarted
    // Connections that died with it are noticed by whoever uses them.
    await persist(t.signal, () => box.collection(things).limit(1))
    await settle()
    assert.equal((await insert()).error?.code, 'http/read-only')

    const open = server.heard('postgres.disk-has-room')
    rmSync(join(disk.folder, 'filler'))
    await open
    for (let count = 0; count < 20; count++) await writer.write()
    await settle()

    // By what is written through the API.
    let code: string | undefined
    for (let n = 0; code === undefined && n < 2000; n++) code = (await insert()).error?.code
    assert.ok(code === 'http/read-only' || code === 'http/disk-full', code)
    for (const { query } of watched) await query.ask(box)
    assert.ok(freeBytes(disk.folder) > 0)
    assert.deepEqual(bugsOf(server), [])
    assert.equal(
      server.log.filter(({ event }) => event === 'postgres.ended').length,
      1,
      'Postgres died once, by our hand',
    )
  },
)

function mountSmallDisk(t: TestContext): { folder: string } | string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'a small disk can only be mounted by root on Linux'
  const folder = mkdtempSync(join(tmpdir(), 'cloudbox-faults-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes},mode=755`, 'tmpfs', folder], {
      stdio: 'pipe',
    })
  } catch (error) {
    rmSync(folder, { recursive: true })
    return `no small disk can be mounted here: ${String(error)}`
  }
  // Not before those that run there have ended.
  t.after(() => {
    process.once('exit', () => {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true })
    })
  })
  return { folder }
}

/** Takes all that is free now. */
async function fill(folder: string): Promise<void> {
  for (let restBytes = freeBytes(folder); restBytes > 0; restBytes -= filling.length) {
    const isFull = await appendFile(join(folder, 'filler'), filling).then(
      () => false,
      () => true,
    )
    if (isFull) return
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
