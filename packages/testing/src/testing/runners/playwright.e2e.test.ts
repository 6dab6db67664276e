import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runRunner } from '../run-runner.ts'

const playwright = join(
  dirname(createRequire(import.meta.url).resolve('@playwright/test/package.json')),
  'cli.js',
)
const config = fileURLToPath(new URL('./playwright.config.mjs', import.meta.url))

test('a test file of Playwright has a box, and its browser reaches it', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudbox-playwright-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { code, output } = await runRunner(playwright, ['test', '--config', config], {
    PLAYWRIGHT_OUTPUT: folder,
  })
  assert.equal(code, 0, output)
  assert.match(output, /2 passed/)
})
