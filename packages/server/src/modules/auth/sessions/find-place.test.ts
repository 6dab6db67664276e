import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLog } from '../../../kernel/log.ts'
import { placeFinder } from './find-place.ts'
import { placesFile } from './testing/places-file.ts'

const lines: string[] = []
const log = createLog('warn', line => void lines.push(line))

test('a place is found where a file of places knows it', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'places-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'cities.mmdb')
  // The first half of all IPv4 addresses is in Leipzig.
  await writeFile(file, placesFile('Leipzig', 'Germany'))
  const find = await placeFinder(file, log)
  assert.equal(find('77.1.2.3'), 'Leipzig, Germany')
  assert.equal(find('203.0.113.7'), null)
})

test('without a file, or with one that is none, no place is known, and the log says why', async () => {
  assert.equal((await placeFinder('', log))('77.1.2.3'), null)
  assert.equal((await placeFinder('/nowhere/cities.mmdb', log))('77.1.2.3'), null)
  assert.match(lines.join('\n'), /auth\.geoip-unusable/)
})
