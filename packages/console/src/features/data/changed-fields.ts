import type { DocumentChange } from '@cloudbox/client'
import { isSameValue } from './cell-value.ts'

type Document = Readonly<Record<string, unknown>> & { readonly id: string }

/** The cells a change has touched, as `id.field`; none of what is being saved here. */
export function changedFields(
  { type, doc, old }: DocumentChange<Document>,
  pending: ReadonlyMap<string, unknown>,
): string[] {
  if (type === 'removed' || pending.has(doc.id)) return []
  return Object.keys(doc)
    .filter(field => field !== 'updatedAt' && (old === undefined || !isSameValue(doc[field], old[field])))
    .map(field => `${doc.id}.${field}`)
}
