import type { StructureStep } from './structure-step.ts'
import type { TrashEntry } from './trash.ts'

/** What an undoing run finds in the trash, by the names things have once its own renames are done. */
export interface Restores {
  find(kind: TrashEntry['kind'], collection: string, field?: string): TrashEntry | undefined
  /** When the undone plan was applied, as Postgres writes it. */
  readonly appliedAt: string
  /** Fields the undone plan added, where none had been taken away before. */
  readonly wasAdded: (collection: string, field: string) => boolean
}

/** Nothing comes back. */
export const noRestores: Restores = { find: () => undefined, appliedAt: '', wasAdded: () => false }

/** What a plan took away, for the plan that undoes it. */
export function restoresOf(
  steps: readonly StructureStep[],
  entries: readonly TrashEntry[],
  appliedAt: string,
): Restores {
  const collections = new Map<string, string>()
  const fields = new Map<string, string>()
  for (const step of steps) {
    if (step.kind === 'rename-collection') collections.set(step.after, step.before)
    if (step.kind === 'rename-field') fields.set(`${step.collection} ${step.after}`, step.before)
  }
  const key = (kind: string, collection: string, field: string | undefined): string =>
    `${kind} ${collections.get(collection) ?? collection} ${fields.get(`${collection} ${field}`) ?? field}`
  const known = new Map(
    entries.map(entry => [
      key(entry.kind, entry.collection, entry.kind === 'collection' ? undefined : entry.field),
      entry,
    ]),
  )
  const added = new Set(
    steps.flatMap(step =>
      step.kind === 'add-field' && !step.isRestored ? [key('field', step.collection, step.field)] : [],
    ),
  )
  return {
    appliedAt,
    find: (kind, collection, field) => known.get(`${kind} ${collection} ${field}`),
    wasAdded: (collection, field) => added.has(`field ${collection} ${field}`),
  }
}
