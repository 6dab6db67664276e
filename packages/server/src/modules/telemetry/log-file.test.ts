import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createLog } from '../../kernel/log.ts'
import { LogFile } from './log-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'cloudbox-log-'))
after(() => rm(folder, { recursive: true, force: true }))
const lineOf = (event: string) => ({ atMs: 0, level: 'info' as const, event, fields: { n: 1n } })

async function write(name: string, events: readonly string[], options = {}): Promise<string[]> {
  const told: string[] = []
  const path = join(folder, name)
  const file = await LogFile.open({
    path,
    mostBytes: 1000,
    kept: 2,
    log: createLog('info', line => told.push(line)),
    ...options,
  })
  for (const event of events) file.write(lineOf(event))
  await file.close()
  return told
}

test('lines are appended as JSON', async () => {
  await write('a.log', ['one', 'two'])
  await write('a.log', ['three'])
  const text = await readFile(join(folder, 'a.log'), 'utf8')
  const lines = text.trimEnd().split('\n')
  assert.equal(lines[0], '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"one","n":"1"}')
  assert.deepEqual(
    lines.map(line => (JSON.parse(line) as { event: string }).event),
    ['one', 'two', 'three'],
  )
})

test('a full file is put aside, and the oldest go', async () => {
  for (let n = 0; n < 5; n++) await write('b.log', [`${n} ${'x'.repeat(600)}`])
  const files = (await readdir(folder)).filter(name => name.startsWith('b.log')).sort()
  assert.deepEqual(files, ['b.log', 'b.log.1', 'b.log.2'])
  const eventIn = async (name: string) =>
    (JSON.parse(await readFile(join(folder, name), 'utf8')) as { event: string }).event[0]
  assert.deepEqual(await Promise.all(files.map(eventIn)), ['4', '3', '2'])
})

test('a place that cannot be written refuses the start', async () => {
  await writeFile(join(folder, 'no-folder'), '')
  await assert.rejects(write('no-folder/c.log', ['one']), { code: 'ENOTDIR' })
})
