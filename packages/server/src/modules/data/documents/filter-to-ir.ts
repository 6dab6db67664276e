import { compare, isList, join, literal, make, not, type Comparison, type Node } from '@cloudbox/policy/ir'
import { parseRegex } from '@cloudbox/policy/regex'
import type { Collection } from '../collection.ts'
import { readNumber, readValue } from './field-value.ts'
import type { Mistakes } from './mistakes.ts'
import type { Filter, Operator, Written } from './query.ts'
import { pathNode, resolvePath, scalarType } from './resolve-path.ts'

type Test = Extract<Filter, { kind: 'compare' }>

const comparisons: Partial<Record<Operator, Comparison>> = {
  eq: '==',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
}

/**
 * Writes a filter in the one language of policies, so that a list, a live query and `where=` give the same answer.
 * What cannot be understood becomes a mistake, and false.
 */
export function filterToIr(filter: Filter, collection: Collection, mistakes: Mistakes): Node {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return join(
        filter.kind,
        filter.items.map(item => filterToIr(item, collection, mistakes)),
      )
    case 'not':
      return not(filterToIr(filter.item, collection, mistakes))
    case 'compare': {
      const path = resolvePath(filter.path, collection, mistakes)
      const node = path && testNode(pathNode(path), filter, mistakes)
      return node ?? literal('bool', false)
    }
  }
}

function testNode(node: Node, test: Test, mistakes: Mistakes): Node | undefined {
  const { operator, values, at } = test
  if (operator === 'is') return isNode(node, values[0]!.text, test, mistakes)
  if (operator === 'contains' || operator === 'containedBy' || operator === 'overlaps')
    return listNode(node, operator, test, mistakes)
  if (isList(node.type)) {
    mistakes.add(
      at,
      `'${operator}' does not compare lists`,
      'use contains.(…), containedBy.(…) or overlaps.(…)',
    )
    return undefined
  }
  if (operator === 'like' || operator === 'ilike' || operator === 'match')
    return patternNode(node, operator, test, mistakes)
  if (node.type === 'geopoint') {
    mistakes.add(at, 'a geopoint can only be tested with is.null', undefined)
    return undefined
  }
  if (operator === 'in') {
    if (node.type === 'json')
      return join('or', [literal('bool', false), ...values.map(value => jsonTest(node, '==', value))])
    const literals = literalsOf(node.type, values, test, mistakes)
    return literals && make({ op: 'among', type: 'bool', args: [node, ...literals] })
  }
  const comparison = comparisons[operator] ?? '=='
  const written = values[0]!
  if (node.type === 'json') {
    const result = jsonTest(node, comparison, written)
    return operator === 'neq' ? not(result) : result
  }
  if (node.type === 'bool' && comparison !== '==') {
    mistakes.add(at, 'true and false have no order', 'use eq or is')
    return undefined
  }
  const [value] = literalsOf(node.type, values, test, mistakes) ?? []
  if (value === undefined) {
    if (!written.isQuoted && /^null$/i.test(written.text)) return undefined
    return undefined
  }
  const result = compare(comparison, node, value)
  return operator === 'neq' ? not(result) : result
}

function literalsOf(
  type: Node['type'],
  values: readonly Written[],
  { at }: Test,
  mistakes: Mistakes,
): Node[] | undefined {
  const literals: Node[] = []
  for (const { text } of values) {
    const value = readValue(text, type)
    if ('mistake' in value) {
      mistakes.add(at, value.mistake, /^null$/i.test(text) ? 'use is.null' : undefined)
      return undefined
    }
    literals.push(value)
  }
  return literals
}

/** Unquoted `5` and `true` inside JSON mean the number or truth, and the text as well; quotes mean the text only. */
function jsonTest(node: Node, comparison: Comparison, { text, isQuoted }: Written): Node {
  const number = isQuoted ? undefined : readNumber(text)
  if (comparison !== '==') {
    const type = number === undefined ? 'string' : 'double'
    const value = make({ op: 'convert', type, args: [node] })
    return compare(comparison, value, literal(type, number ?? text))
  }
  const equals = (value: Node) => make({ op: 'json-equals', type: 'bool', args: [node, value] })
  const asText = equals(literal('string', text))
  if (number !== undefined) return join('or', [equals(literal('double', number)), asText])
  if (!isQuoted && (text === 'true' || text === 'false'))
    return join('or', [equals(literal('bool', text === 'true')), asText])
  return asText
}

function isNode(node: Node, word: string, { at }: Test, mistakes: Mistakes): Node | undefined {
  const has = make({ op: 'has', type: 'bool', args: [node] })
  if (word === 'null') return not(has)
  if (word === 'not_null') return has
  if (node.type !== 'bool' && node.type !== 'json') {
    mistakes.add(at, `'is.${word}' needs a boolean`, 'use eq for other values')
    return undefined
  }
  if (word === 'unknown') return not(has)
  const truth = literal('bool', word === 'true')
  return node.type === 'json'
    ? make({ op: 'json-equals', type: 'bool', args: [node, truth] })
    : compare('==', node, truth)
}

function patternNode(
  node: Node,
  operator: 'like' | 'ilike' | 'match',
  { at, values }: Test,
  mistakes: Mistakes,
): Node | undefined {
  const text = node.type === 'json' ? make({ op: 'convert', type: 'string', args: [node] }) : node
  if (text.type !== 'string') {
    mistakes.add(at, `'${operator}' needs a text, this is a ${node.type}`, undefined)
    return undefined
  }
  const written = values[0]!.text
  if (operator === 'match') {
    const regex = parseRegex(written)
    if (!('mistake' in regex)) return make({ op: 'matches', type: 'bool', pattern: written, args: [text] })
    mistakes.add(at, `pattern: ${regex.mistake}`)
    return undefined
  }
  const pattern = written.replaceAll('*', '%')
  if (/(?<!\\)(?:\\\\)*\\$/.test(pattern)) {
    mistakes.add(at, "a pattern cannot end in '\\'", 'write \\\\ for a backslash')
    return undefined
  }
  return make({ op: 'like', type: 'bool', pattern, ignoreCase: operator === 'ilike', args: [text] })
}

function listNode(
  node: Node,
  test: 'contains' | 'containedBy' | 'overlaps',
  { at, values, operator }: Test,
  mistakes: Mistakes,
): Node | undefined {
  if (!isList(node.type)) {
    mistakes.add(
      at,
      `'${operator}' needs a list, this is a ${node.type}`,
      node.type === 'json'
        ? "name the value: meta->>key=eq.…, or use where='x' in doc.meta.key"
        : 'use in.(…)',
    )
    return undefined
  }
  const literals = literalsOf(scalarType(node), values, { at } as Test, mistakes)
  if (literals === undefined) return undefined
  const items = literals.map(item => (item.op === 'literal' ? item.value : undefined))
  return make({ op: 'list-test', type: 'bool', test, args: [node, literal(node.type, items)] })
}
