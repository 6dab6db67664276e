import type { MigrationOperation } from '@cloudbox/protocol/schema'
import { indexName } from '@cloudbox/protocol/canonical'
import { closest } from '../closest.ts'
import { headsOf, type MigrationFile } from './load-migrations.ts'

/** What is wrong with the migrations of a folder, as far as the files alone tell. */
export interface Finding {
  readonly migration: string
  /** Names from the outside in, for its line: `['operations', '2']`. */
  readonly part: readonly string[]
  readonly message: string
  readonly hint?: string
}

type File = Pick<MigrationFile, 'name' | 'parents' | 'operations'>

/** Looks at parents, at what stands alone, and at branches that change the same. Pure. */
export function checkMigrations(files: readonly File[]): Finding[] {
  const names = files.map(({ name }) => name)
  const findings: Finding[] = []
  for (const { name, parents, operations } of files) {
    parents.forEach((parent, i) => {
      if (names.includes(parent)) return
      const near = closest(parent, names)
      findings.push({
        migration: name,
        part: ['parents', String(i)],
        message: `there is no migration ${parent}, which it is to come after`,
        hint: near === undefined ? 'Get its file: git pull.' : `Did you mean ${near}?`,
      })
    })
    const online = operations.findIndex(one => 'online' in one && one.online === true)
    if (online !== -1 && operations.length > 1)
      findings.push({
        migration: name,
        part: ['operations', String(online)],
        message: 'what is done online has to be the only operation of its migration',
        hint: 'Move it to a migration of its own: cloudbox migrate create --empty.',
      })
  }
  const before = ancestors(files)
  for (const { name } of files)
    if (before.get(name)!.has(name))
      findings.push({ migration: name, part: ['parents'], message: 'it comes after itself' })
  if (findings.length > 0) return findings
  const joined = [...before.values()]
  files.forEach((one, i) => {
    for (const other of files.slice(i + 1)) {
      const isOrdered = before.get(one.name)!.has(other.name) || before.get(other.name)!.has(one.name)
      if (isOrdered || joined.some(all => all.has(one.name) && all.has(other.name))) continue
      const about = conflictOf(one.operations, other.operations)
      if (about === undefined) continue
      findings.push({
        migration: other.name,
        part: ['operations', String(about.operation)],
        message: `${one.name} changes ${about.what} too, and neither comes first`,
        hint: 'Decide which comes first: cloudbox migrate create joins both.',
      })
    }
  })
  return findings
}

/** Whether several branches of migrations end beside each other. */
export function branchesOf(files: readonly File[]): readonly string[] {
  const heads = headsOf(files)
  return heads.length > 1 ? heads : []
}

function ancestors(files: readonly File[]): Map<string, ReadonlySet<string>> {
  const parents = new Map(files.map(file => [file.name, file.parents]))
  const above = (name: string): ReadonlySet<string> => {
    const seen = new Set<string>()
    const next = [...(parents.get(name) ?? [])]
    for (let one = next.pop(); one !== undefined; one = next.pop()) {
      if (seen.has(one)) continue
      seen.add(one)
      next.push(...(parents.get(one) ?? []))
    }
    return seen
  }
  return new Map(files.map(({ name }) => [name, above(name)]))
}

function conflictOf(
  ours: readonly MigrationOperation[],
  theirs: readonly MigrationOperation[],
): { readonly what: string; readonly operation: number } | undefined {
  const known = ours.flatMap(placesOf)
  for (const [operation, one] of theirs.entries())
    for (const place of placesOf(one)) {
      const met = known.find(
        other => other === place || place.startsWith(`${other}.`) || other.startsWith(`${place}.`),
      )
      if (met !== undefined) return { what: met.length > place.length ? met : place, operation }
    }
  return undefined
}

/** What an operation changes: `todos` as a whole, or a part of it. */
function placesOf(operation: MigrationOperation): string[] {
  switch (operation.do) {
    case 'create-collection':
      return [operation.definition.name]
    case 'drop-collection':
      return [operation.collection]
    case 'rename-collection':
      return [operation.collection, operation.to]
    case 'rename-field':
      return [`${operation.collection}.${operation.field}`, `${operation.collection}.${operation.to}`]
    case 'add-field':
    case 'change-field':
    case 'drop-field':
      return [`${operation.collection}.${operation.field}`]
    case 'order-fields':
      return [`${operation.collection}.order of fields`]
    case 'set-flexible':
      return [`${operation.collection}.flexible`]
    case 'add-index':
      return [`${operation.collection}.index ${indexName(operation.definition)}`]
    case 'drop-index':
      return [`${operation.collection}.index ${operation.index}`]
    case 'change-policy':
      return [`${operation.collection}.policy ${operation.operation}`]
    case 'sql':
      return []
  }
}
