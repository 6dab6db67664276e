import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { ByHand, changeSource } from './change-source.ts'
import { positionOf } from './parse-source.ts'
import { schemaChanges, type SchemaChange } from './schema-changes.ts'
import { styleOf } from './style.ts'

/** A difference that somebody has to write. */
interface Left {
  readonly collection: string
  /** In the text that comes out. */
  readonly line: number
  readonly message: string
}

/** A text of a schema, edited as far as it can be. */
export interface Edited {
  readonly text: string
  readonly left: readonly Left[]
}

/**
 * Edits the text of a schema that says `before`, so that it says `wanted`. Only what differs changes; what is computed
 * by code is left and told. Pure.
 */
export function editSchema(
  text: string,
  before: readonly CollectionDefinition[],
  wanted: readonly CollectionDefinition[],
): Edited {
  const style = styleOf(text)
  let now = text
  const attempt = (change: SchemaChange): ByHand | undefined => {
    try {
      now = changeSource(now, change, style)
      return undefined
    } catch (error) {
      if (error instanceof ByHand) return error
      throw error
    }
  }
  const refused = schemaChanges(before, wanted).filter(change => attempt(change) !== undefined)
  // Once more, when all lines are where they will be.
  const left = refused.flatMap((change): Left[] => {
    const why = attempt(change)
    if (why === undefined) return []
    const { line } = positionOf(now, why.position)
    return [{ collection: change.collection, line, message: why.message }]
  })
  return { text: now, left }
}
