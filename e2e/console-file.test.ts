import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { launchBrowser, picture, visit, type Visitor } from './browser.ts'

const main = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))
const modules = fileURLToPath(new URL('../node_modules', import.meta.url))

const schema = (fields: string) => `import { defineSchema, t } from '@cloudbox/client/schema'

export default defineSchema({
  // What there is to do.
  todos: { fields: { ${fields} }, policies: { list: 'public("test")' } },
})
`

describe('the console and the file of the schema', { timeout: 540_000 }, () => {
  let folder: string
  let dev: ChildProcess
  let consoleUrl: string
  let browser: Browser
  let desk: Visitor
  const file = () => join(folder, 'cloudbox', 'schema.ts')

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloudbox-console-file-'))
    await mkdir(join(folder, 'cloudbox'))
    await symlink(modules, join(folder, 'node_modules'))
    await writeFile(join(folder, 'package.json'), '{ "name": "todo-app", "type": "module" }')
    await writeFile(file(), schema('title: t.text({ required: true })'))
    dev = spawn(process.execPath, [main, 'dev', '--json'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, XDG_CONFIG_HOME: folder },
    })
    for await (const line of createInterface({ input: dev.stdout! })) {
      const told = JSON.parse(line) as { event: string; consoleUrl?: string }
      if (told.event !== 'ready') continue
      consoleUrl = told.consoleUrl!
      break
    }
    // Whatever it tells later is read and dropped, or it would wait.
    dev.stdout!.resume()
    browser = await launchBrowser()
    desk = await visit(browser, consoleUrl, { locale: 'en-US' })
  })
  after(async () => {
    await browser?.close()
    if (dev !== undefined && dev.exitCode === null) {
      const exited = once(dev, 'exit')
      dev.kill('SIGINT')
      await exited
    }
    await rm(folder, { recursive: true, force: true })
  })

  test('the link of cloudbox dev opens the console, and leaves nothing in the address', async () => {
    const { page } = desk
    await page.getByRole('navigation', { name: 'Environment' }).waitFor()
    assert.equal(new URL(page.url()).hash, '')
    await picture(page, 'console-dev-home')
  })

  test('a field made in the console stands in the file, which is otherwise as it was', async () => {
    const { page } = desk
    await page.goto(`${new URL(consoleUrl).origin}/console/projects/todo-app/dev/data/todos/schema`)
    await page.getByRole('button', { name: 'Add a field' }).click()
    await page.getByLabel('Name', { exact: true }).fill('note')
    await page.getByRole('button', { name: 'See what happens' }).click()
    await page.getByRole('button', { name: 'Do it' }).click()
    await page.getByRole('button', { name: 'Change note' }).waitFor()
    const wanted = schema('title: t.text({ required: true }), note: t.text()')
    await until(
      async () => (await readFile(file(), 'utf8')) === wanted,
      () => readFile(file(), 'utf8'),
    )
  })

  test('a field written into the file is in the console', async () => {
    const { page } = desk
    await writeFile(file(), schema('title: t.text({ required: true }), note: t.text(), done: t.boolean()'))
    await until(
      async () => {
        await page.reload()
        return page
          .getByRole('button', { name: 'Change done' })
          .waitFor({ timeout: 2000 })
          .then(
            () => true,
            () => false,
          )
      },
      () => page.content(),
    )
    assert.deepEqual(desk.complaints, [])
  })
})

async function until(isSo: () => Promise<boolean>, look: () => Promise<string>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await isSo()) return
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  assert.fail(await look())
}
