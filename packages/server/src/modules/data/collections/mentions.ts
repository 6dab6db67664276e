import { parse } from '@cloudbox/policy/parse'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { visitExpression } from './visit-expression.ts'

/** Collections that the policies of this one, which are known to be valid, look into with `db.<name>`. */
export function mentionsOf({ policies = {} }: CollectionDefinition): Set<string> {
  const names = new Set<string>()
  for (const text of Object.values(policies)) {
    visitExpression(parse(text).root, node => {
      if (node.kind === 'field' && node.target.kind === 'name' && node.target.name === 'db')
        names.add(node.name)
    })
  }
  return names
}
