import type { AstNode } from '@cloudbox/policy/ast'

/** Calls `see` for a node of an expression and everything below it. */
export function visitExpression(node: AstNode, see: (node: AstNode) => void): void {
  see(node)
  for (const child of childrenOf(node)) visitExpression(child, see)
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
