import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { packAll } from '../../tools/pack.ts'
import { launchBrowser } from '../browser.ts'
import { driveOffline, driveTodos } from './drive-todos.ts'
import { runToEnd, start } from './run.ts'

const cli = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

/** `cloudbox dev` puts the name of the program before what the app's own dev server says. */
const saidByApp = /^\[[\w.-]+\]/

/**
 * What somebody does who begins with a template: makes an app of it and starts it, uses it in a browser, builds it, and
 * serves what was built.
 */
export function tryTemplate(name: string, { withOffline = false } = {}): void {
  test(
    `an app from the template ${name} works in development and as it is built`,
    { timeout: 540_000 },
    async t => {
      const folder = await mkdtemp(join(tmpdir(), 'cloudbox-template-'))
      const browser = await launchBrowser()
      t.after(async () => {
        await browser.close()
        await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
      })
      const app = join(folder, name)
      const packages = await packedPackages(folder)

      const startedAtMs = performance.now()
      const lap = (what: string) =>
        t.diagnostic(`${name}: ${what} after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`)
      await runToEnd(folder, [process.execPath, cli, 'create', name, '--template', name, '--no-git'], {
        CLOUDBOX_PACKAGES: packages,
      })
      lap('installed')
      const dev = start(app, ['npm', 'run', 'dev'])
      try {
        const url = await dev.address(saidByApp)
        await (await fetch(url)).text()
        lap('the page is there')
        assert.deepEqual(await driveTodos(browser, url, name), [])
        if (withOffline) await driveOffline(browser, url, name)
      } catch (error) {
        throw new Error(dev.said(), { cause: error })
      } finally {
        await dev.stop()
      }

      const { scripts } = JSON.parse(await readFile(join(app, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>
      }
      const backend = start(app, ['npx', 'cloudbox', 'dev'])
      try {
        await backend.address()
        if (scripts['build'] !== undefined) await runToEnd(app, ['npm', 'run', 'build'])
        if (scripts['check'] !== undefined) await runToEnd(app, ['npm', 'run', 'check'])
        const built = start(app, ['npm', 'run', scripts['start'] === undefined ? 'preview' : 'start'], {
          PORT: String(await freePort()),
        })
        try {
          assert.deepEqual(await driveTodos(browser, await built.address(), `${name}-built`), [])
          lap('built, served and used')
        } catch (error) {
          throw new Error(built.said(), { cause: error })
        } finally {
          await built.stop()
        }
      } finally {
        await backend.stop()
      }
    },
  )
}

/** One folder with what npm would get of this repository. */
async function packedPackages(folder: string): Promise<string> {
  const packages = await mkdtemp(join(folder, 'packages-'))
  for (const tarball of Object.values(await packAll()))
    await symlink(tarball, join(packages, basename(tarball)))
  return packages
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
