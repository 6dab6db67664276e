import { elementOf, isList, make, type Node } from '@cloudbox/policy/ir'
import { closestName } from '../../../lib/closest-name.ts'
import { extraColumn, type Collection } from '../collection.ts'
import { fieldTraits } from '../collections/field-types.ts'
import type { Mistakes } from './mistakes.ts'
import type { ValuePath } from './plan.ts'
import type { Path } from './query.ts'

/** Finds what a path means in a collection; undefined, with the mistake told, when it means nothing. */
export function resolvePath(path: Path, collection: Collection, mistakes: Mistakes): ValuePath | undefined {
  const field = collection.fields.get(path.field)
  const { keys, asText } = path
  if (field === undefined) {
    if (collection.flexible)
      return { column: extraColumn, keys: [path.field, ...keys], asText, field: undefined }
    const close = closestName(path.field, collection.fields.keys())
    mistakes.add(
      path.at,
      `${collection.name} has no field '${path.field}'`,
      close === undefined
        ? `its fields are ${[...collection.fields.keys()].slice(0, 30).join(', ')}`
        : `did you mean '${close}'?`,
    )
    return undefined
  }
  if (keys.length > 0 && field.type !== 'json') {
    mistakes.add(
      path.at,
      `'${path.field}' is a ${field.type}, there is nothing inside it`,
      "only json fields take '->'",
    )
    return undefined
  }
  return { column: field.column, keys, asText, field: keys.length > 0 ? undefined : field }
}

/** The path as an expression over the stored row. */
export function pathNode({ column, keys, field }: ValuePath): Node {
  const scalar = field === undefined ? 'json' : fieldTraits[field.type].value
  const type = field?.list === true ? (`list<${scalar}>` as const) : scalar
  let node = make({ op: 'column', type, args: [], row: 'doc', column })
  for (const key of keys) node = make({ op: 'select', type: 'json', args: [node], key })
  return node
}

/** The type of one value: of the elements, for a list. */
export function scalarType(node: Node): Node['type'] {
  return isList(node.type) ? elementOf(node.type) : node.type
}
