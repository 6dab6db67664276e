import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runRunner } from '../run-runner.ts'

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const config = fileURLToPath(new URL('./vitest.config.mjs', import.meta.url))

for (const pool of ['forks', 'threads'])
  test(`a test file of Vitest has a box, in ${pool}`, async () => {
    const { code, output } = await runRunner(vitest, ['run', '--config', config, '--pool', pool])
    assert.equal(code, 0, output)
    assert.match(output, /2 passed/)
  })
