import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packAll } from '../pack.ts'
import { root } from './packages.ts'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly link?: boolean }>>
}

/**
 * Installs what npm would get of this repository into an empty folder, with install scripts blocked. Everything else
 * comes as our own lock file says, so that npm asks no registry for what it has in its cache.
 *
 * @param names the packages an app names as its dependencies; all unless told
 */
export async function installPacked(folder: string, names?: readonly string[]): Promise<void> {
  const tarballs = await packAll()
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock
  const others = Object.entries(packages).flatMap(([path, { link, ...rest }]) => {
    if (!path.startsWith('node_modules/') || link === true) return []
    const {
      dev: _dev,
      optional: _optional,
      devOptional: _devOptional,
      ...entry
    } = rest as Record<string, unknown>
    return [[path, entry] as const]
  })
  const manifest = {
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(
      (names ?? Object.keys(tarballs)).map(name => [name, `file:${tarballs[name]}`]),
    ),
    // Those that our packages name by version come from here as well.
    overrides: Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`])),
  }
  const lock = { lockfileVersion: 3, requires: true, packages: { '': {}, ...Object.fromEntries(others) } }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock, null, 2))
  await promisify(execFile)(
    'npm',
    ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: folder, shell: process.platform === 'win32' },
  )
}
