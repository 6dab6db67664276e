import type { CollectionDefinition } from '@cloudbox/protocol/collection'

/** Collections that policies of this one may look into with `db.<name>`. A name too many does no harm. */
export function mentionsOf({ policies = {} }: CollectionDefinition): Set<string> {
  const texts = Object.values(policies).join('\n')
  return new Set([...texts.matchAll(/\bdb\s*\.\s*([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name]) => name!))
}
