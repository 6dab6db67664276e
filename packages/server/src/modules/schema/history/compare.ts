import type { Migration } from '@cloudbox/protocol/schema'
import { schemaProblems } from '@cloudbox/protocol/schema'
import { Problem } from '../../../kernel/problem.ts'
import type { Applied } from './applied.ts'
import { findConflicts, type Conflict } from './find-conflicts.ts'
import { hashMigration } from './hash-migration.ts'
import { inOrder } from './order.ts'

/** A migration among the files, and where the environment stands with it. */
export interface Compared extends Migration {
  readonly hash: string
  readonly state: Applied['state'] | 'edited' | 'pending'
}

/** The files against what was applied. */
export interface Comparison {
  /** All files, each after its parents; in the order they were given where that cannot be told. */
  readonly migrations: readonly Compared[]
  /** Why they cannot be applied, all of it; none: they can. */
  readonly problems: readonly Problem[]
}

/** Compares migrations with those that were applied. Pure. */
export function compare(files: readonly Migration[], applied: readonly Applied[]): Comparison {
  const known = new Map(applied.map(migration => [migration.name, migration]))
  const names = new Set(files.map(({ name }) => name))
  const missing = applied.filter(({ name }) => !names.has(name))
  const problems: Problem[] = missing.length === 0 ? [] : [ahead(missing)]
  const [ordered, disorder] = tryInOrder(files)
  // What is missing is named already; that others come after it says nothing new.
  if (disorder !== undefined && missing.length === 0) problems.push(disorder)
  const migrations = ordered.map((file): Compared => {
    const { name } = file
    const hash = hashMigration(file)
    const before = known.get(name)
    const state = before === undefined ? 'pending' : before.hash === hash ? before.state : 'edited'
    return { ...file, hash, state }
  })
  for (const { name, state } of migrations)
    if (state === 'edited') problems.push(edited(name, known.get(name)!.appliedAt))
  if (disorder === undefined) {
    const isPending = new Set(migrations.flatMap(({ name, state }) => (state === 'pending' ? [name] : [])))
    for (const conflict of findConflicts(migrations))
      // What has been applied in some order cannot be decided any more.
      if (conflict.names.some(name => isPending.has(name))) problems.push(conflicting(conflict))
  }
  return { migrations, problems }
}

function tryInOrder(files: readonly Migration[]): [readonly Migration[], Problem | undefined] {
  try {
    return [inOrder(files), undefined]
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return [files, error]
  }
}

function ahead(missing: readonly Applied[]): Problem {
  const names = missing.map(({ name }) => name)
  const message = 'was applied here and is not among your files'
  return new Problem(
    schemaProblems['environment-ahead'],
    `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} applied here and ${names.length === 1 ? 'is' : 'are'} not among your files.`,
    { errors: names.map(name => ({ at: `/migrations/${name}`, message })) },
  )
}

function edited(name: string, appliedAt: string): Problem {
  const message = `has been changed since it was applied on ${appliedAt.slice(0, 10)}`
  return new Problem(schemaProblems['migration-edited'], `${name} ${message}.`, {
    hint: `Put ${name}.ts back as it was (git checkout), and say what is new in another migration: cloudbox migrate create.`,
    errors: [{ at: `/migrations/${name}`, message }],
  })
}

function conflicting({ names: [one, other], about }: Conflict): Problem {
  return new Problem(
    schemaProblems['migrations-conflict'],
    `${one} and ${other} both change ${about}, and neither comes after the other.`,
    {
      hint: `If the order does not matter, join them: cloudbox migrate create. Else make ${other} the one that comes after: put ${one} among its parents.`,
      errors: [
        { at: `/migrations/${one}`, message: `changes ${about}, and so does ${other}` },
        { at: `/migrations/${other}`, message: `changes ${about}, and so does ${one}` },
      ],
    },
  )
}
