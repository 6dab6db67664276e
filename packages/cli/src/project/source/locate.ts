import type * as ast from '@babel/types'
import { follow, keyOf, parseSource, positionOf, type Source } from './parse-source.ts'

/**
 * Where something of a schema (`todos`, `fields`, `title`, `max`) or a migration (`operations`, `3`) stands, as near as
 * it can be told; undefined where nothing of it is there.
 */
export function locate(
  text: string,
  path: readonly string[],
): { readonly line: number; readonly column: number } | undefined {
  const source = parseSource(text)
  if (source?.root === undefined) return undefined
  let nearest: ast.Node | undefined
  let now: ast.Node | undefined = source.root
  for (const name of path) {
    const found = now && childOf(source, now, name)
    if (found === undefined) break
    nearest = found.shown
    now = follow(source.constants, found.value)
  }
  return nearest && positionOf(text, nearest.start!)
}

function childOf(
  source: Source,
  node: ast.Node,
  name: string,
): { readonly shown: ast.Node; readonly value: ast.Node } | undefined {
  if (node.type === 'ArrayExpression') {
    const element = node.elements[Number(name)]
    return element ? { shown: element, value: element } : undefined
  }
  if (node.type === 'CallExpression') {
    const options = node.arguments
      .map(one => follow(source.constants, one))
      .findLast(one => one?.type === 'ObjectExpression')
    return options && childOf(source, options, name)
  }
  if (node.type !== 'ObjectExpression') return undefined
  for (const property of node.properties.toReversed()) {
    if (property.type === 'SpreadElement') {
      const spread = follow(source.constants, property.argument)
      const found = spread && childOf(source, spread, name)
      if (found !== undefined) return found
    } else if (keyOf(property) === name)
      return { shown: property, value: property.type === 'ObjectProperty' ? property.value : property }
  }
  return undefined
}
