import type { AstNode } from './ast.ts'
import type { Checked } from './checked.ts'
import type { Node } from './ir.ts'

/** One of the conditions that a policy joins with `&&`. */
export interface Conjunct {
  checked: Checked
  /** Its text in the policy. */
  source: string
}

/** The top-level `&&` clauses of a checked policy, which tell which of them hid a row. */
export function conjuncts(checked: Checked): Conjunct[] {
  const { text } = checked.ast
  const asts = conjunctAsts(checked.ast.root)
  const nodes = conjunctNodes(checked.node)
  // The checker flattens && and nothing else, so the two agree; a policy of one clause is itself.
  if (asts.length !== nodes.length) return [{ checked, source: text.trim() }]
  return asts.map((root, i) => ({
    checked: { ...checked, ast: { text, root }, node: nodes[i] as Node },
    source: text.slice(root.start, root.end),
  }))
}

function conjunctAsts(ast: AstNode): AstNode[] {
  return ast.kind === 'binary' && ast.operator === '&&'
    ? [...conjunctAsts(ast.left), ...conjunctAsts(ast.right)]
    : [ast]
}

/** The operands of a conjunction, or the node itself. */
export function conjunctNodes(node: Node): readonly Node[] {
  return node.op === 'and' ? node.args : [node]
}
