import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { watchFolder } from './watch-folder.ts'

test('what is saved is told once, by whatever steps; what holds the same as before is not', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudbox-watch-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text)
  write('schema.ts', '1')
  write('types.ts', '1')
  const told: string[][] = []
  let hear = () => {}
  const watcher = await watchFolder(
    folder,
    path => path === 'types.ts',
    async files => {
      told.push([...files].toSorted())
      hear()
    },
  )
  t.after(() => watcher.stop())
  const next = async (act: () => void) => {
    const heard = new Promise<void>(resolve => (hear = resolve))
    act()
    await heard
    return told.splice(0)
  }

  assert.deepEqual(await next(() => write('schema.ts', '2')), [['schema.ts']])
  // As editors do it.
  const replaced = await next(() => {
    write('schema.ts.tmp', '3')
    renameSync(join(folder, 'schema.ts.tmp'), join(folder, 'schema.ts'))
  })
  assert.deepEqual(replaced, [['schema.ts']])
  write('schema.ts', '3')
  write('types.ts', '2')
  const below = await next(() => {
    mkdirSync(join(folder, 'seed', 'more'), { recursive: true })
    write('seed/more/01.json', '[]')
  })
  assert.deepEqual(below, [['seed/more/01.json']])
  assert.deepEqual(await next(() => rmSync(join(folder, 'seed'), { recursive: true })), [
    ['seed/more/01.json'],
  ])
  write('schema.ts', '4')
  await watcher.accept()
  assert.deepEqual(await next(() => write('other.ts', '')), [['other.ts']])
})
