import { compareDecimals, parseDecimal } from './decimal.ts'
import type { Node } from './ir.ts'
import {
  jsonArray,
  jsonBool,
  jsonEquals,
  jsonItem,
  jsonNumber,
  jsonSize,
  jsonText,
  presentJson,
} from './json-value.ts'
import { compileLike } from './like.ts'
import { testList } from './list-test.ts'
import { allTrue, anyTrue, isAmong } from './kleene.ts'
import { matcherOf } from './match-regex.ts'
import * as numbers from './numbers.ts'
import { compareText, lowerAscii, parseUuid, textSize, textToBool } from './text.ts'
import { addTime, dateOf, subtractTime, timeBetween, timePart } from './time.ts'

/**
 * What compiled expressions call: every function is total, and absent is `undefined`. Both JavaScript backends take
 * it as a value, so that a test can put a wrong rule in its place and see the property test find it.
 */
export const runtime = {
  ...numbers,
  allTrue,
  anyTrue,
  isAmong,
  compareDecimals,
  parseDecimal,
  jsonArray,
  jsonBool,
  jsonEquals,
  jsonItem,
  jsonNumber,
  jsonSize,
  jsonText,
  presentJson,
  compileLike,
  testList,
  compareText,
  lowerAscii,
  matcherOf,
  parseUuid,
  textSize,
  textToBool,
  addTime,
  dateOf,
  subtractTime,
  timeBetween,
  timePart,
}
export type Runtime = typeof runtime

/** The function of the runtime behind an arithmetic node. */
export function arithmeticFunction(node: Node & { op: 'arithmetic' }): keyof Runtime {
  if (node.type === 'timestamp') return node.operator === '+' ? 'addTime' : 'subtractTime'
  if (node.type === 'duration') return 'timeBetween'
  if (node.type === 'int') {
    return (
      {
        '+': 'addInts',
        '-': 'subtractInts',
        '*': 'multiplyInts',
        '/': 'divideInts',
        '%': 'remainderOfInts',
      } as const
    )[node.operator]
  }
  return (
    {
      '+': 'addDoubles',
      '-': 'subtractDoubles',
      '*': 'multiplyDoubles',
      '/': 'divideDoubles',
      '%': 'divideDoubles',
    } as const
  )[node.operator]
}

/** The function of the runtime that converts a present value, or undefined when the form stays the same. */
export function conversionFunction(node: Node & { op: 'convert' }): keyof Runtime | 'String' | undefined {
  const from = node.args[0].type
  if (from === 'string' && node.type === 'double') return 'textToDouble'
  if (from === 'string' && node.type === 'bool') return 'textToBool'
  switch (node.type) {
    case 'double':
      return from === 'json' ? 'jsonNumber' : 'intToDouble'
    case 'int':
      return from === 'string' ? 'textToInt' : from === 'double' ? 'doubleToInt' : 'fitInt'
    case 'decimal':
      return 'String'
    case 'uuid':
      return 'parseUuid'
    case 'date':
      return 'dateOf'
    case 'bool':
      return 'jsonBool'
    case 'string':
      return from === 'json' ? 'jsonText' : from === 'int' ? 'String' : undefined
    default:
      throw new TypeError(`no conversion from ${from} to ${node.type}`)
  }
}
