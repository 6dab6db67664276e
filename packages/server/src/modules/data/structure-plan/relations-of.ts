import type { CollectionDefinition } from '@cloudbox/protocol/collection'

/** The collections a collection points to. */
export function relationsOf({ fields }: CollectionDefinition): string[] {
  return Object.values(fields).flatMap(({ type, to }) =>
    type === 'relation' && to !== undefined ? [to] : [],
  )
}
