import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import assert from 'node:assert/strict'

const root = new URL('..', import.meta.url).pathname
const modulesFolder = 'packages/server/src/modules'

/** The modules nobody needs, from the `needs: { … }` of every module. */
async function leaves(): Promise<string[]> {
  const names = (await readdir(join(root, modulesFolder), { withFileTypes: true }))
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
  const doors = await Promise.all(
    names.map(name => readFile(join(root, modulesFolder, name, 'module.ts'), 'utf8')),
  )
  const needed = doors.flatMap(
    text =>
      /needs: \{([^}]*)\}/
        .exec(text)?.[1]
        ?.split(',')
        .map(word => word.trim()) ?? [],
  )
  return names.filter(name => !needed.includes(name))
}

test('a module nobody needs can be deleted with its line in the list', async t => {
  const found = await leaves()
  assert.ok(found.length > 0, 'every module is needed by another')
  for (const name of found) {
    await t.test(name, async () => {
      const copy = await mkdtemp(join(tmpdir(), 'cloudbox-deletion-'))
      try {
        await cp(join(root, 'packages'), join(copy, 'packages'), { recursive: true })
        await cp(join(root, 'tsconfig.json'), join(copy, 'tsconfig.json'))
        await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
        await rm(join(copy, modulesFolder, name), { recursive: true })
        const list = join(copy, modulesFolder, 'index.ts')
        const text = await readFile(list, 'utf8')
        const kept = text.split('\n').filter(line => !line.includes(`./${name}/module.ts`))
        await writeFile(list, kept.join('\n').replace(new RegExp(`,?\\s*\\b${name}\\b(?=[,\\]\\s])`), ''))
        const tsc = join(root, 'node_modules/typescript/bin/tsc')
        execFileSync(process.execPath, [tsc, '-p', copy, '--noEmit'], { encoding: 'utf8', stdio: 'pipe' })
      } catch (error) {
        assert.fail(
          `without ${name} the rest does not compile:\n${(error as { stdout?: string }).stdout ?? error}`,
        )
      } finally {
        await rm(copy, { recursive: true, force: true })
      }
    })
  }
})
