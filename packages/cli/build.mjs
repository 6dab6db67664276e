// Makes the one file that is published: everything in it, for every Node that can start it at all.
import { chmodSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = path => fileURLToPath(new URL(path, import.meta.url))

// Stands before everything that an older Node does not know.
const checkNode = `#!/usr/bin/env node
var version = process.versions.node.split('.').map(Number)
if (version[0] < 20 || (version[0] === 20 && version[1] < 11)) {
  console.error('cloudbox needs Node 20.11 or newer; this is ' + process.versions.node + '.')
  process.exit(1)
}`

await build({
  entryPoints: [here('src/main.ts')],
  outfile: here('dist/cloudbox.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // So that an old Node reads the file and gets to the check; what runs needs 20.11.
  target: 'es2018',
  banner: { js: checkNode },
  legalComments: 'none',
})
chmodSync(here('dist/cloudbox.cjs'), 0o755)
