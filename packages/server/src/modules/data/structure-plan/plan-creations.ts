import type { CollectionDefinition, IndexDefinition } from '@cloudbox/protocol/collection'
import { indexField } from '../collections/indexes.ts'
import { fieldsRead } from './fields-read.ts'
import type { Structure } from './fold-step.ts'
import { relationsOf } from './relations-of.ts'
import type { StructureAction } from './structure-step.ts'

/**
 * Makes what is missing, collections that are pointed to first. Where relations go in a circle one of them has to wait,
 * and with it what reads it: {@link planCollection} adds it once both ends are there.
 */
export function planCreations(now: Structure, goal: Structure): StructureAction[] {
  const there = new Set(now.keys())
  const missing = new Map([...goal].filter(([name]) => !now.has(name)))
  const steps: StructureAction[] = []
  while (missing.size > 0) {
    const lacks = (definition: CollectionDefinition): string[] =>
      relationsOf(definition).filter(to => to !== definition.name && missing.has(to) && !there.has(to))
    const all = [...missing.values()]
    const next = all.find(definition => lacks(definition).length === 0) ?? all[0]!
    const after = without(next, new Set(lacks(next)))
    steps.push({ kind: 'create-collection', collection: next.name, after })
    missing.delete(next.name)
    there.add(next.name)
  }
  return steps
}

function without(definition: CollectionDefinition, absent: ReadonlySet<string>): CollectionDefinition {
  if (absent.size === 0) return definition
  const waits = new Set(
    Object.entries(definition.fields).flatMap(([name, { to }]) =>
      to !== undefined && absent.has(to) ? [name] : [],
    ),
  )
  const readsWaiting = (expression: string | undefined): boolean =>
    expression !== undefined && [...fieldsRead(expression)].some(name => waits.has(name))
  const fields = Object.entries(definition.fields).filter(
    ([name, { computed }]) => !waits.has(name) && !readsWaiting(computed),
  )
  const kept = new Set(['id', 'createdAt', 'updatedAt', ...fields.map(([name]) => name)])
  const isPossible = ({ fields: entries, where }: IndexDefinition): boolean =>
    entries.every(entry => kept.has(indexField(entry).name)) && !readsWaiting(where)
  return {
    ...definition,
    fields: Object.fromEntries(fields),
    indexes:
      definition.indexes?.filter(
        index =>
          isPossible(index) &&
          (index.where === undefined || [...fieldsRead(index.where)].every(name => kept.has(name))),
      ) ?? [],
  }
}
