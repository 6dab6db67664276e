import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

async function bundleOf(entry: string) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  return outputFiles[0]!
}

test('the whole client, minified and gzipped, stays below 16 KiB', async t => {
  const bundle = await bundleOf('client.ts')
  assert.ok(bundle.contents.length > 5000, 'the bundle holds the client')
  const gzippedBytes = gzipSync(bundle.contents).length
  t.diagnostic(`${bundle.contents.length} bytes minified, ${gzippedBytes} gzipped`)
  assert.ok(gzippedBytes < 16 * 1024, `${gzippedBytes} bytes`)
  assert.ok(!bundle.text.includes('typebox'), 'takes only types from the protocol')
})

test('a schema brings nothing of the client with it', async t => {
  const bundle = await bundleOf('schema-code/schema-code.ts')
  assert.ok(bundle.text.includes('defineSchema'))
  t.diagnostic(`${bundle.contents.length} bytes minified`)
  assert.ok(bundle.contents.length < 10_000, `${bundle.contents.length} bytes`)
  assert.ok(!bundle.text.includes('typebox') && !bundle.text.includes('WebSocket'))
})
