import { toRowSecurity, type RowCommand } from '@cloudbox/policy/to-ddl'
import { operations, type CollectionDefinition, type Operation } from '@cloudbox/protocol/collection'
import type { Defined } from './define.ts'
import { quote } from './quote.ts'
import type { Step, Target } from './to-ddl.ts'

/** SQL reads with one command, so what a list may show decides; `get` has no counterpart. */
const commands: Partial<Record<Operation, RowCommand>> = {
  list: 'select',
  create: 'insert',
  update: 'update',
  delete: 'delete',
}

/** Native row security for the environment's role: an operation without a policy has none, which means closed. */
export function createPolicies({ definition, policies }: Defined, target: Target): Step[] {
  const table = quote(target.schema, definition.name)
  return [...policies].flatMap(([operation, checked]) => {
    const command = commands[operation]
    if (command === undefined) return []
    const { using, withCheck } = toRowSecurity(checked, command, { collate: !target.sortsByCodePoint })
    const text = [
      `create policy ${quote(operation)} on ${table} for ${command} to ${quote(target.role)}`,
      ...(using === undefined ? [] : [`using (${using})`]),
      ...(withCheck === undefined ? [] : [`with check (${withCheck})`]),
    ]
    return [{ text: text.join(' ') }]
  })
}

/** Drops the policies a definition has; a superuser may have been faster. */
export function dropPolicies({ name, policies = {} }: CollectionDefinition, { schema }: Target): Step[] {
  return operations
    .filter(operation => policies[operation] !== undefined && commands[operation] !== undefined)
    .map(operation => ({ text: `drop policy if exists ${quote(operation)} on ${quote(schema, name)}` }))
}
