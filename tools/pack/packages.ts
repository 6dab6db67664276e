import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export type Exports = Readonly<Record<string, string>>

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly files?: readonly string[]
  /** With a `build` among them the package ships what that has made in `dist/`. */
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports?: Exports
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** A package of this repository that npm gets. */
export interface Package {
  readonly folder: string
  readonly manifest: Manifest
  /** What of `src/` ships, relative to the folder: everything but tests and what only they need. */
  readonly files: readonly string[]
  /** What ships as it is beside `dist/`, relative to the repository: the command line takes `templates/` along. */
  readonly alongside: readonly string[]
}

/** Every package below `packages/` that is not private, those first that others need. */
export async function publishedPackages(): Promise<Package[]> {
  const folders = await readdir(join(root, 'packages'))
  const all = await Promise.all(folders.map(name => readPackage(join(root, 'packages', name))))
  const published = all.filter(({ manifest }) => manifest.private !== true)
  return published.toSorted((a, b) => depth(a, published) - depth(b, published))
}

async function readPackage(folder: string): Promise<Package> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
  const ships = (path: string) => !/\.test\.ts$|(^|\/)(testing|fixtures)(\/|\.json$)|\.md$/.test(path)
  const files = globSync('src/**/*.*', { cwd: folder })
    .map(path => path.replaceAll('\\', '/'))
    .filter(ships)
    .toSorted()
  const beside = (manifest.files ?? []).filter(name => name !== 'dist')
  return { folder, manifest, files, alongside: beside.flatMap(filesAt) }
}

/** What the tools of an app make in its folder, when somebody tries a template in place, is none of it. */
const made = new Set(['node_modules', 'dist', '.cloudbox'])

function filesAt(name: string): string[] {
  const entries = globSync(`${name}/**/*`, {
    cwd: root,
    withFileTypes: true,
    exclude: entry => made.has(entry.name),
  })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted()
}

/** What each package is made of, as a name: of its own files, of the packages it imports, and of what packs them. */
export async function packageKeys(packages: readonly Package[]): Promise<Map<string, string>> {
  const tools = globSync('tools/{pack.ts,pack/*.ts}', {
    cwd: root,
    exclude: ['**/{install,pack.pg.test}.ts'],
  }).toSorted()
  const typescript = join('node_modules', 'typescript', 'package.json')
  const common = hashOf([...tools, typescript, 'tsconfig.json', 'LICENSE'].map(file => join(root, file)))
  const keys = new Map<string, string>()
  for (const one of packages) {
    const { folder, files, manifest, alongside } = one
    const own = hashOf([
      join(folder, 'package.json'),
      ...files.map(file => join(folder, file)),
      ...alongside.map(file => join(root, file)),
    ])
    const needed = [...importedNames(one)].toSorted().map(name => keys.get(name) ?? '')
    keys.set(
      manifest.name,
      createHash('sha256')
        .update([common, own, ...needed].join())
        .digest('hex')
        .slice(0, 16),
    )
  }
  return keys
}

/** The packages of this repository that the code of one imports, be it for types alone. */
export function importedNames({ folder, files, manifest }: Package): Set<string> {
  const names = files
    .filter(file => file.endsWith('.ts'))
    .flatMap(file => [...readFileSync(join(folder, file), 'utf8').matchAll(/'(@cloudbox\/[a-z-]+)[/']/g)])
    .map(([, name]) => name!)
  const known = { ...manifest.dependencies, ...manifest.devDependencies }
  return new Set(names.filter(name => name in known))
}

function depth(one: Package, all: readonly Package[]): number {
  const below = all.filter(({ manifest }) => importedNames(one).has(manifest.name))
  return Math.max(0, ...below.map(other => depth(other, all) + 1))
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of paths) {
    const content = readFileSync(path)
    hash.update(`${relative(root, path)} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}
