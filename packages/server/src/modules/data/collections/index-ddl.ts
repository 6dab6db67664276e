import { toGenerated } from '@cloudbox/policy/to-ddl'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Defined } from './define.ts'
import { columnOf } from './field-types.ts'
import { indexesOf, type TableIndex } from './indexes.ts'
import { partName } from './names.ts'
import type { FieldPlan } from './plan-fields.ts'
import { quote } from './quote.ts'
import type { Step, Target } from './to-ddl.ts'

/** Drops the indexes that are gone or have to be made anew. */
export function dropIndexes(
  before: CollectionDefinition,
  after: Defined,
  plan: FieldPlan,
  { schema }: Target,
): Step[] {
  const staying = new Set(unchanged(before, after, plan))
  return indexesOf(before)
    .filter(index => !staying.has(index.name))
    .map(index => ({ text: `drop index if exists ${quote(schema, partName(before.name, index.name))}` }))
}

/** Makes the indexes that are new or have to be made anew. */
export function createIndexes(
  before: CollectionDefinition,
  after: Defined,
  plan: FieldPlan,
  target: Target,
): Step[] {
  const staying = new Set(unchanged(before, after, plan))
  const missing = indexesOf(after.definition).filter(index => !staying.has(index.name))
  return missing.map(index => {
    const text = indexText(index, after, target)
    if (!index.unique) return { text }
    const names = index.fields.map(field => field.name)
    const at =
      index.position === undefined ? `/fields/${names[0]}/unique` : `/indexes/${index.position}/unique`
    return { text, demand: { at, message: `no two documents may have the same ${names.join(', ')}` } }
  })
}

/** Names of the indexes that stay as they are. */
function unchanged(before: CollectionDefinition, after: Defined, plan: FieldPlan): string[] {
  const old = new Map(indexesOf(before).map(index => [index.name, index]))
  return indexesOf(after.definition)
    .filter(index => {
      const known = old.get(index.name)
      if (known === undefined || !isSame(known, index)) return false
      // Its expression may read any field; other indexes follow their column by themselves.
      if (index.where !== undefined && plan.retyped.size + plan.rebuilt.size > 0) return false
      return !index.fields.some(({ name }) => plan.retyped.has(name) || plan.rebuilt.has(name))
    })
    .map(index => index.name)
}

function isSame(a: TableIndex, b: TableIndex): boolean {
  const shape = ({ position: _position, ...index }: TableIndex) => JSON.stringify(index)
  return shape(a) === shape(b)
}

/** Where an index is made otherwise than under its own name, for columns of theirs. */
export interface OtherIndex {
  readonly name?: string
  /** Without keeping writers out, outside of a transaction. */
  readonly concurrently?: true
  readonly column?: (field: string) => string
}

/** The statement that makes an index. */
export function indexText(
  index: TableIndex,
  { definition, indexFilters }: Pick<Defined, 'definition' | 'indexFilters'>,
  target: Pick<Target, 'schema' | 'trigramSchema'>,
  { name = partName(definition.name, index.name), concurrently, column = columnOf }: OtherIndex = {},
): string {
  const operators = index.kind === 'trigram' ? ` ${quote(target.trigramSchema)}.gin_trgm_ops` : ''
  const columns = index.fields.map(
    field => `${quote(column(field.name))}${operators}${field.descending ? ' desc' : ''}`,
  )
  const filter = index.position === undefined ? undefined : indexFilters[index.position]
  return [
    `create ${index.unique ? 'unique ' : ''}index ${concurrently ? 'concurrently ' : ''}${quote(name)}`,
    `on ${quote(target.schema, definition.name)}`,
    `using ${index.kind === 'trigram' ? 'gin' : index.kind} (${columns.join(', ')})`,
    ...(filter === undefined ? [] : [`where ${toGenerated(filter)}`]),
  ].join(' ')
}
