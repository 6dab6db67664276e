import { test } from 'node:test'
import assert from 'node:assert/strict'
import { cruise } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import rules from '../.dependency-cruiser.mjs'

test('imports go down only', async () => {
  const result = await cruise(
    // The console is checked by its compiler, which knows its files.
    ['packages/{cli,policy,protocol,sdk,server,testing}'],
    { ...rules.options, validate: true, ruleSet: rules, exclude: { path: 'node_modules|/dist/' } },
    {},
    { tsConfig: extractTSConfig('tsconfig.json') },
  )
  assert.ok(typeof result.output === 'object')
  const { summary } = result.output
  // With a TypeScript it cannot read, the cruiser sees nothing and is content.
  assert.ok(summary.totalCruised > 60, `the cruiser saw only ${summary.totalCruised} files`)
  const broken = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)
  assert.deepEqual(broken, [])
})
