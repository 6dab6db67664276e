import type { CollectionDefinition, FieldDefinition, IndexDefinition } from '@cloudbox/protocol/collection'
import type { Migration, MigrationOperation } from '@cloudbox/protocol/schema'
import { indexName } from '@cloudbox/protocol/canonical'

/** What of a structure an operation is about. */
interface Place {
  readonly collection: string
  /** `.title`, ` index owner.index`, ` policy list`; absent: the whole collection. */
  readonly part?: string
  /** Only that it is there under this name. */
  readonly isExistence?: true
}

interface Touched {
  readonly written: readonly Place[]
  readonly read: readonly Place[]
  readonly isSql?: true
  readonly sqlWords?: ReadonlySet<string>
}

/**
 * What two migrations both are about where one of them changes it, so that their order matters: `todos.title`. Undefined
 * where they may be applied in any order. Pure.
 */
export function conflictOf(a: Migration, b: Migration): string | undefined {
  for (const one of a.operations.map(touched))
    for (const other of b.operations.map(touched)) {
      const found = sqlConflict(one, other) ?? clash(one, other) ?? clash(other, one)
      if (found !== undefined) return found
    }
  return undefined
}

function clash(one: Touched, other: Touched): string | undefined {
  for (const place of one.written)
    for (const against of [...other.written, ...other.read])
      if (meet(place, against)) return `${against.collection}${place.part ?? against.part ?? ''}`
  return undefined
}

function meet(written: Place, other: Place): boolean {
  if (written.collection.toLowerCase() !== other.collection.toLowerCase()) return false
  if (written.part === undefined) return true
  return other.isExistence !== true && (other.part === undefined || other.part === written.part)
}

/** Of SQL nobody knows more than the words it is made of. */
function sqlConflict(one: Touched, other: Touched): string | undefined {
  if (one.isSql && other.isSql) return 'what SQL may do'
  const words = one.sqlWords ?? other.sqlWords
  const { written } = one.isSql ? other : one
  return words && written.find(({ collection }) => words.has(collection.toLowerCase()))?.collection
}

function touched(operation: MigrationOperation): Touched {
  switch (operation.do) {
    case 'sql': {
      const text = `${operation.up} ${operation.down ?? ''}`
      return {
        written: [],
        read: [],
        isSql: true,
        sqlWords: new Set(wordsOf(text).map(word => word.toLowerCase())),
      }
    }
    case 'create-collection':
      return {
        written: [{ collection: operation.definition.name }],
        read: readByDefinition(operation.definition),
      }
    case 'drop-collection':
      return { written: [{ collection: operation.collection }], read: [] }
    case 'rename-collection':
      return { written: [operation.collection, operation.to].map(collection => ({ collection })), read: [] }
  }
  const { collection } = operation
  switch (operation.do) {
    case 'add-field':
    case 'change-field':
      return {
        written: [{ collection, part: `.${operation.field}` }],
        read: readByField(collection, operation.definition),
      }
    case 'rename-field':
      return {
        written: [operation.field, operation.to].map(field => ({ collection, part: `.${field}` })),
        read: [],
      }
    case 'drop-field':
      return { written: [{ collection, part: `.${operation.field}` }], read: [] }
    case 'order-fields':
      // It names every field there is.
      return { written: [{ collection, part: ' order of fields' }], read: [{ collection }] }
    case 'set-flexible':
      return { written: [{ collection, part: ' flexible' }], read: [] }
    case 'add-index': {
      const part = ` index ${indexName(operation.definition)}`
      return { written: [{ collection, part }], read: readByIndex(collection, operation.definition) }
    }
    case 'drop-index':
      return { written: [{ collection, part: ` index ${operation.index}` }], read: [] }
    case 'change-policy':
      return {
        written: [{ collection, part: ` policy ${operation.operation}` }],
        read: readByExpression(collection, operation.policy ?? ''),
      }
  }
}

function readByDefinition({ name, fields, indexes = [], policies = {} }: CollectionDefinition): Place[] {
  return [
    ...Object.values(fields).flatMap(field => readByField(name, field)),
    ...indexes.flatMap(index => readByIndex(name, index)),
    ...Object.values(policies).flatMap(policy => readByExpression(name, policy)),
  ]
}

function readByField(collection: string, { to, computed = '' }: FieldDefinition): Place[] {
  const own = { collection, isExistence: true } as const
  const pointed = to === undefined ? [] : [{ collection: to, isExistence: true } as const]
  return [own, ...pointed, ...readByExpression(collection, computed)]
}

function readByIndex(collection: string, { fields, where = '' }: IndexDefinition): Place[] {
  const parts = fields.map(entry => ({ collection, part: `.${entry.replace(/^-/, '')}` }))
  return [{ collection, isExistence: true }, ...parts, ...readByExpression(collection, where)]
}

/** Any word of an expression may be a field of any collection it is about: rather one conflict too many. */
function readByExpression(collection: string, text: string): Place[] {
  const words = wordsOf(text)
  const others = [...text.matchAll(/\bdb\.([A-Za-z]\w*)/g)].map(([, name]) => name!)
  return [collection, ...others].flatMap((name): Place[] => [
    { collection: name, isExistence: true },
    ...words.map(word => ({ collection: name, part: `.${word}` })),
  ])
}

function wordsOf(text: string): string[] {
  return [...new Set(text.match(/[A-Za-z_]\w*/g))]
}
