import { hiddenSecret } from '@cloudbox/protocol/auth-settings'
import { usersCollection } from '../users-collection.ts'

const { fields } = usersCollection.definition

export const userFields: readonly string[] = Object.keys(fields)

/** What else there is, passwords and identities among them, is not told. */
const open = new Set(['id', 'createdAt', ...userFields.filter(name => fields[name]!.pii === undefined)])

/**
 * A user as the audit of the organisation tells him. It stays when he is gone, and nothing in it can be changed: of what is
 * personal it says that it is there.
 */
export function tellUser(user: object, names: readonly string[]): Record<string, unknown> {
  const values = user as Readonly<Record<string, unknown>>
  const known = names.filter(name => values[name] !== undefined)
  return Object.fromEntries(
    known.map(name => [name, open.has(name) || values[name] === null ? values[name] : hiddenSecret]),
  )
}
