import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Package } from './packages.ts'

/**
 * Makes the program of a package from its src/main.ts: itself and all it needs in a few files, so that little is to be
 * found and read at each start. Only its dependencies stay outside, for the commands that load them.
 */
export async function bundleProgram(
  { folder, manifest }: Package,
  into: string,
  oldestNode: string,
): Promise<void> {
  const { bin = {}, dependencies = {} } = manifest
  await build({
    entryPoints: { main: join(folder, 'src/main.ts') },
    outdir: into,
    chunkNames: 'parts/[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: `node${oldestNode}`,
    external: Object.keys(dependencies).flatMap(name => [name, `${name}/*`]),
    legalComments: 'none',
  })
  const [[name, path] = []] = Object.entries(bin)
  if (name === undefined || path === undefined) throw new Error(`${manifest.name} has no program`)
  const file = join(into, path.replace('dist/', ''))
  await writeFile(file, checkNode(name, oldestNode))
  await writeFile(join(into, 'start.cjs'), start)
  await chmod(file, 0o755)
}

/** Every Node can read this far, and all that is newer is in files of its own. */
const checkNode = (name: string, oldest: string) => {
  const [major, minor] = oldest.split('.')
  return `#!/usr/bin/env node
var version = process.versions.node.split('.').map(Number)
if (version[0] < ${major} || (version[0] === ${major} && version[1] < ${minor})) {
  console.error('${name} needs Node ${oldest} or newer; this is ' + process.versions.node + '.')
  process.exit(1)
}
require('./start.cjs')
`
}

const start = `// Compiling is half of a short command: what was compiled is kept where Node keeps it for this user.
require('node:module').enableCompileCache()
import('./main.js')
`
