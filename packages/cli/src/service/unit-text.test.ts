import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { unitText } from './unit-text.ts'

test('the unit gives ports and folders, and nothing else', () => {
  const text = unitText({ program: '/opt/x/cloudbox', nodeFolder: '/opt/node/bin' })
  assert.match(text, /^ExecStart=\/opt\/x\/cloudbox start$/m)
  assert.match(text, /PATH=\/opt\/node\/bin:/)
  for (const line of [
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'StateDirectoryMode=0700',
    'KillMode=mixed',
  ])
    assert.ok(text.split('\n').includes(line), line)
})

const isThere = spawnSync('systemd-analyze', ['--version']).status === 0

test('systemd finds nothing wrong with it', { skip: !isThere }, t => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudbox-unit-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'cloudbox.service')
  writeFileSync(file, unitText({ program: process.execPath }))
  const { stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
  // What it says of units of the machine itself is none of ours.
  assert.deepEqual(
    stderr.split('\n').filter(line => line.includes('cloudbox.service')),
    [],
  )
})
