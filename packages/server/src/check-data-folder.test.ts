import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkDataFolder } from './check-data-folder.ts'

test(
  'whoever else could get at the data is told, with the command that keeps him out',
  { skip: process.platform === 'win32' },
  async t => {
    const folder = mkdtempSync(join(tmpdir(), 'cloudbox-folder-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const key = join(folder, 'master.key')
    assert.deepEqual(await checkDataFolder(join(folder, 'not-there')), [])
    assert.deepEqual(await checkDataFolder(folder), [])
    chmodSync(folder, 0o755)
    assert.deepEqual(await checkDataFolder(folder), [
      {
        code: 'server/data-folder-readable',
        detail: `Other users of this machine can list what is in ${folder}.`,
        hint: `chmod 700 ${folder}`,
      },
    ])
    chmodSync(folder, 0o770)
    await assert.rejects(checkDataFolder(folder), { code: 'server/data-folder-open' })
    chmodSync(folder, 0o700)
    writeFileSync(key, 'x')
    chmodSync(key, 0o640)
    await assert.rejects(checkDataFolder(folder), new RegExp(`get at ${key}`))
    chmodSync(key, 0o600)
    assert.deepEqual(await checkDataFolder(folder), [])
  },
)
