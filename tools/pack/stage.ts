import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { root, type Exports, type Manifest, type Package } from './packages.ts'

/** What everything published runs on. */
const oldestNode = '22.18'

/** Puts together what ships of a package below `<into>/package`, and its tarball into `into`. */
export async function stage(one: Package, packages: readonly Package[], into: string): Promise<void> {
  const { folder, manifest, files, alongside } = one
  const staged = join(into, 'package')
  await mkdir(staged, { recursive: true })
  await copyFile(join(root, 'LICENSE'), join(staged, 'LICENSE'))
  if (manifest.scripts?.['build'] !== undefined) {
    await cp(join(folder, 'dist'), join(staged, 'dist'), { recursive: true })
  } else if (manifest.bin === undefined) {
    const { emit } = await import('./emit.ts')
    for (const [path, text] of emit(one, packages)) await write(join(staged, 'dist', path), text)
    for (const file of files.filter(name => !name.endsWith('.ts'))) {
      const target = join(staged, file.replace(/^src/, 'dist'))
      await mkdir(dirname(target), { recursive: true })
      await copyFile(join(folder, file), target)
    }
  } else {
    const { bundleProgram } = await import('./bundle-program.ts')
    await bundleProgram(one, join(staged, 'dist'), oldestNode)
  }
  for (const file of alongside) {
    await mkdir(dirname(join(staged, file)), { recursive: true })
    await copyFile(join(root, file), join(staged, file))
  }
  await write(
    join(staged, 'package.json'),
    `${JSON.stringify(publishedManifest(manifest, packages), null, 2)}\n`,
  )
  await promisify(execFile)(
    'npm',
    ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', into],
    {
      cwd: staged,
      shell: process.platform === 'win32',
    },
  )
}

function publishedManifest(
  { exports, dependencies, devDependencies: _ours, ...rest }: Manifest,
  packages: readonly Package[],
): object {
  const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]))
  const pinned = Object.entries(dependencies ?? {}).map(([name, range]) => [
    name,
    versions.get(name) ?? range,
  ])
  const { scripts: _scripts, ...published } = rest as typeof rest & { scripts?: unknown }
  return {
    ...published,
    engines: { node: `>=${oldestNode}` },
    files: published.files ?? ['dist'],
    ...(exports === undefined ? {} : { exports: publishedExports(exports) }),
    ...(dependencies === undefined ? {} : { dependencies: Object.fromEntries(pinned) as object }),
  }
}

function publishedExports(exports: Exports): object {
  const entries = Object.entries(exports).map(([name, path]) => {
    if (!path.startsWith('./src/')) return [name, path]
    const built = path.replace('./src/', './dist/').replace(/\.ts$/, '')
    return [name, { types: `${built}.d.ts`, default: `${built}.js` }]
  })
  return { ...Object.fromEntries(entries), './package.json': './package.json' }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
