import type { AstNode } from '@cloudbox/policy/ast'
import { check } from '@cloudbox/policy/check'
import { walk } from '@cloudbox/policy/ir'
import { parse } from '@cloudbox/policy/parse'
import type { TableSchema } from '@cloudbox/policy/schema'
import { toGenerated } from '@cloudbox/policy/to-ddl'
import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { fieldTraits } from '../collections/field-types.ts'
import { Mistakes } from '../collections/mistakes.ts'
import { tableSchema } from '../collections/table-schema.ts'
import { toCollection } from '../collections/to-collection.ts'

/** A transform as SQL over the columns of a document's row. */
export interface CompiledTransform {
  /** The new value. */
  readonly value: string
  /** True where the transform means nothing to be there, rather than having failed; absent: it always means what it gives. */
  readonly isMeant?: string
  /** Columns it reads. */
  readonly reads: readonly string[]
}

/**
 * Checks a transform in CEL against the document before, and compiles it. Pure. What cannot be computed is absent, as
 * everywhere in CEL, so `isMeant` tells a `null` that was written from one that came of a failure.
 * @throws Problem `policy/invalid-expression` with the range of each mistake
 */
export function compileCel(
  text: string,
  collection: CollectionDefinition,
  field: string,
  after: FieldDefinition,
): CompiledTransform {
  const mistakes = new Mistakes()
  const at = `/fields/${field}/using/cel`
  const doc = storedFields(collection)
  const value = fieldTraits[after.type].value
  const expects = after.list ? (`list<${value}>` as const) : value
  const compiled = mistakes.try(at, () => {
    const checked = check(text, { doc, auth: false, request: false, expects })
    const meant = check(whereNull(parse(text).root, text), { doc, auth: false, request: false })
    const reads = new Set<string>()
    walk(checked.node, node => {
      if (node.op === 'column') reads.add(node.column)
    })
    return { value: toGenerated(checked), isMeant: toGenerated(meant), reads: [...reads] }
  })
  mistakes.throwIfAny(collection.name)
  return compiled!
}

/** What a transform may read: what is computed may be computed from the very field that changes. */
function storedFields(collection: CollectionDefinition): TableSchema {
  const place = { schema: '', version: 0, incoming: [] }
  const fields = Object.entries(collection.fields).filter(([, { computed }]) => computed === undefined)
  return tableSchema(toCollection({ ...collection, fields: Object.fromEntries(fields) }, place))
}

/** A condition that holds where the expression comes to a `null` its author wrote. */
function whereNull(node: AstNode, text: string): string {
  if (node.kind === 'value') return node.value === null ? 'true' : 'false'
  if (node.kind !== 'conditional') return 'false'
  const condition = text.slice(node.condition.start, node.condition.end)
  return `((${condition}) ? ${whereNull(node.whenTrue, text)} : ${whereNull(node.whenFalse, text)})`
}
