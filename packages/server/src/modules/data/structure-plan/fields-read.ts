import { parse } from '@cloudbox/policy/parse'
import { visitExpression } from '../collections/visit-expression.ts'

/** Fields of `doc` that an expression, which is known to be valid, reads. */
export function fieldsRead(expression: string): Set<string> {
  const names = new Set<string>()
  visitExpression(parse(expression).root, node => {
    if (node.kind === 'field' && node.target.kind === 'name' && node.target.name === 'doc')
      names.add(node.name)
  })
  return names
}
