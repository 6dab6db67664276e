import type { AstNode } from '@cloudbox/policy/ast'
import { parse } from '@cloudbox/policy/parse'

/** Renames fields of `doc` and `next` in an expression that is known to be valid; everything else stays as written. */
export function renameInExpression(text: string, renames: ReadonlyMap<string, string>): string {
  const places: { start: number; end: number; name: string }[] = []
  visit(parse(text).root, node => {
    if (node.kind !== 'field' || node.target.kind !== 'name') return
    const name = renames.get(node.name)
    if (name === undefined || !['doc', 'next'].includes(node.target.name)) return
    places.push({ ...node.nameRange, name })
  })
  return places
    .toSorted((a, b) => b.start - a.start)
    .reduce((whole, { start, end, name }) => whole.slice(0, start) + name + whole.slice(end), text)
}

function visit(node: AstNode, see: (node: AstNode) => void): void {
  see(node)
  for (const child of childrenOf(node)) visit(child, see)
}

function childrenOf(node: AstNode): readonly AstNode[] {
  switch (node.kind) {
    case 'value':
    case 'name':
      return []
    case 'field':
      return [node.target]
    case 'index':
      return [node.target, node.index]
    case 'call':
      return node.args
    case 'method':
      return [node.target, ...node.args]
    case 'unary':
      return [node.operand]
    case 'binary':
      return [node.left, node.right]
    case 'conditional':
      return [node.condition, node.whenTrue, node.whenFalse]
    case 'list':
      return node.items
  }
}
