import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, type Unit } from './format.ts'

for (const [value, unit, text] of [
  [0, 'count', '0'],
  [1234, 'count', '1,234'],
  [0.25, 'count', '0.25'],
  [1_240_000, 'count', '1.2M'],
  [0.0421, 'ms', '0.042 ms'],
  [38.04, 'ms', '38 ms'],
  [1499, 'ms', '1.5 s'],
  [90_000, 'ms', '1.5 min'],
  [999, 'bytes', '999 B'],
  [1_500_000, 'bytes', '1.5 MB'],
  [0.025, 'share', '2.5 %'],
  [null, 'ms', '–'],
] as const)
  test(`${value} as ${unit} is ${text}`, () => assert.equal(format(value, unit as Unit), text))
