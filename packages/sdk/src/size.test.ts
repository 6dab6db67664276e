import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

test('the whole client, minified and gzipped, stays below 16 KiB', async t => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('client.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  const [bundle] = outputFiles
  assert.ok(bundle !== undefined && bundle.contents.length > 5000, 'the bundle holds the client')
  const gzippedBytes = gzipSync(bundle.contents).length
  t.diagnostic(`${bundle.contents.length} bytes minified, ${gzippedBytes} gzipped`)
  assert.ok(gzippedBytes < 16 * 1024, `${gzippedBytes} bytes`)
  assert.ok(!bundle.text.includes('typebox'), 'takes only types from the protocol')
})
