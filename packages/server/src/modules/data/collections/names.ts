import { createHash } from 'node:crypto'
import { extraColumn } from '../collection.ts'

/** The words of the platform's modules: their tables in an environment start with them. */
const moduleWords =
  'platform data schema auth realtime storage functions workflows monitoring advisor ai edge apps marketplace governance'
    .split(' ')
    .concat('cloudbox')

/** Fields every document has. */
export const builtInNames: readonly string[] = ['id', 'createdAt', 'updatedAt']

const takenColumns = ['created_at', 'updated_at', extraColumn]
const systemColumns = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']
/** `doc.in` is no expression, and `?or=(…)` is no filter on a field. */
const languageWords = ['and', 'or', 'not', 'in', 'true', 'false', 'null']

/** Why a collection cannot have this name, or undefined when it can. */
export function refuseCollectionName(name: string): string | undefined {
  const lower = name.toLowerCase()
  if (lower.startsWith('pg_')) return 'names that start with pg_ belong to Postgres'
  const word = moduleWords.find(word => lower.startsWith(`${word}_`))
  if (word !== undefined) return `names that start with ${word}_ belong to the platform`
  return undefined
}

/** Why a field cannot have this name, or undefined when it can. */
export function refuseFieldName(name: string): string | undefined {
  if (builtInNames.includes(name)) return 'every document has this field already'
  if (takenColumns.includes(name)) return 'the platform uses this name for a column of its own'
  if (systemColumns.includes(name)) return 'Postgres uses this name in every table'
  if (languageWords.includes(name)) return 'this is a word of the query language'
  return undefined
}

/**
 * The name of something that belongs to a table: `title.min`, `todos.title.key`. A dot cannot stand in the name of a
 * collection or field, so it never meets another table or index; what is too long for Postgres ends in a hash.
 */
export function partName(...parts: readonly string[]): string {
  const name = parts.join('.')
  if (name.length <= 63) return name
  return `${name.slice(0, 54)}~${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}
