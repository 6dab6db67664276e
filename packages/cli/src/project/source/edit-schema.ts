import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { ByHand, changeSource } from './change-source.ts'
import { positionOf } from './parse-source.ts'
import { schemaChanges } from './schema-changes.ts'
import { styleOf } from './style.ts'

/** A difference that somebody has to write. */
interface Left {
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
  const left: Left[] = []
  let now = text
  for (const change of schemaChanges(before, wanted)) {
    try {
      now = changeSource(now, change, style)
    } catch (error) {
      if (!(error instanceof ByHand)) throw error
      left.push({ line: positionOf(now, error.position).line, message: error.message })
    }
  }
  return { text: now, left }
}
