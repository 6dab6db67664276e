import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { schemaProblems } from '@cloudbox/protocol/schema'
import { Problem } from '../../../kernel/problem.ts'

/**
 * A circle of relations of which each document needs the next: no document could be the first. One that points to its
 * own collection is none, since a document may point to itself. Pure.
 * @returns its places, as `folders.box`
 */
export function requiredCircle(definitions: readonly CollectionDefinition[]): string[] | undefined {
  const needs = new Map(
    definitions.map(({ name, fields }) => [
      name,
      Object.entries(fields).flatMap(([field, { type, required, to }]) =>
        type === 'relation' && required && to !== undefined && to !== name ? [{ field, to }] : [],
      ),
    ]),
  )
  const isHarmless = new Set<string>()
  const follow = (
    name: string,
    path: readonly string[],
    visited: readonly string[],
  ): string[] | undefined => {
    const start = visited.indexOf(name)
    if (start >= 0) return path.slice(start)
    if (isHarmless.has(name)) return undefined
    for (const { field, to } of needs.get(name) ?? []) {
      const found = follow(to, [...path, `${name}.${field}`], [...visited, name])
      if (found !== undefined) return found
    }
    isHarmless.add(name)
    return undefined
  }
  for (const name of needs.keys()) {
    const found = follow(name, [], [])
    if (found !== undefined) return found
  }
  return undefined
}

/** @throws Problem `schema/required-circle` where there is a circle that was not there before */
export function refuseRequiredCircle(
  before: readonly CollectionDefinition[],
  wanted: readonly CollectionDefinition[],
): void {
  const circle = requiredCircle(wanted)
  if (circle === undefined || requiredCircle(before) !== undefined) return
  const errors = circle.map(place => {
    const [collection, field] = place.split('.')
    return { at: `/${collection}/fields/${field}/required`, message: 'the document it needs needs this one' }
  })
  throw new Problem(
    schemaProblems['required-circle'],
    `Relations go in a circle and all of them are required: ${[...circle, circle[0]].join(' → ')}.`,
    { errors },
  )
}
