import type { Migration } from '@cloudbox/protocol/schema'
import { schemaProblems } from '@cloudbox/protocol/schema'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { Problem } from '../../../kernel/problem.ts'
import { closestName } from '../../../lib/closest-name.ts'

type Node = Pick<Migration, 'name' | 'parents'>

/**
 * Migrations with each after its parents; those that may come in any order, by name. Pure.
 * @throws Problem `schema/invalid-migration`: two of one name, an unknown parent, parents that go in a circle
 */
export function inOrder<M extends Node>(migrations: readonly M[]): M[] {
  const byName = new Map<string, M>()
  for (const migration of migrations) {
    if (byName.has(migration.name)) throw twice(migration)
    byName.set(migration.name, migration)
  }
  for (const migration of migrations)
    for (const parent of migration.parents)
      if (!byName.has(parent)) throw unknownParent(migration, parent, byName)
  const waiting = new Map([...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const ordered: M[] = []
  while (waiting.size > 0) {
    const next = [...waiting.values()].find(({ parents }) => !parents.some(parent => waiting.has(parent)))
    if (next === undefined) throw circle(waiting)
    waiting.delete(next.name)
    ordered.push(next)
  }
  return ordered
}

/** The migrations no other comes after, by name. Pure. */
export function headsOf(migrations: readonly Node[]): string[] {
  const parents = new Set(migrations.flatMap(migration => migration.parents))
  return migrations.flatMap(({ name }) => (parents.has(name) ? [] : [name])).toSorted()
}

function twice({ name }: Node): Problem {
  const message = 'two migrations have this name'
  return invalid(`${name}: ${message}.`, [{ at: `/migrations/${name}`, message }], 'Rename one of the files.')
}

function unknownParent({ name, parents }: Node, parent: string, known: ReadonlyMap<string, Node>): Problem {
  const near = closestName(parent, known.keys())
  const message = `there is no migration ${parent}, which it is to come after`
  const at = `/migrations/${name}/parents/${parents.indexOf(parent)}`
  return invalid(
    `${name}: ${message}.`,
    [{ at, message }],
    near === undefined
      ? `Get its file (git pull), or take ${parent} out of the parents.`
      : `Did you mean ${near}?`,
  )
}

function circle(waiting: ReadonlyMap<string, Node>): Problem {
  // Whoever waits for itself is found by going up long enough.
  let [name] = waiting.keys()
  for (let n = 0; n < waiting.size; n++)
    name = waiting.get(name!)!.parents.find(parent => waiting.has(parent))
  const path = [name!]
  for (;;) {
    const next = waiting.get(path.at(-1)!)!.parents.find(parent => waiting.has(parent))!
    if (next === name) break
    path.push(next)
  }
  const message = 'comes after itself'
  return invalid(
    `Migrations come after each other in a circle: ${[...path, name].join(' → ')}.`,
    path.map(each => ({ at: `/migrations/${each}/parents`, message })),
    'The parents of a migration are those that were there when it was made.',
  )
}

function invalid(detail: string, errors: ProblemDetail[], hint: string): Problem {
  return new Problem(schemaProblems['invalid-migration'], detail, { hint, errors })
}
