import type { Migration } from '@cloudbox/protocol/schema'
import { schemaProblems } from '@cloudbox/protocol/schema'
import { Problem } from '../../../kernel/problem.ts'

/**
 * Whether a migration goes on as an online change. Pure.
 * @throws Problem `schema/invalid-migration` where it is not alone
 */
export function isOnline({ name, operations }: Migration): boolean {
  const refuse = (i: number, message: string, hint: string): never => {
    throw new Problem(schemaProblems['invalid-migration'], `${name}, operation ${i + 1}: ${message}.`, {
      hint,
      errors: [{ at: `/migrations/${name}/operations/${i}/online`, message, hint }],
    })
  }
  for (const [i, operation] of operations.entries()) {
    const online = 'online' in operation && operation.online === true
    const isClient = 'using' in operation && operation.using !== undefined && 'client' in operation.using
    if (isClient && !online)
      refuse(i, 'a transform in TypeScript is applied in batches, not in a transaction', 'Add online: true.')
    if (online && operations.length > 1)
      refuse(i, 'an online operation has to be alone', 'Put it into a migration of its own.')
    if (online) return true
  }
  return false
}
