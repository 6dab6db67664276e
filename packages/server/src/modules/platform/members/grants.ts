import { platformProblems } from '@cloudbox/protocol/platform'
import { allows, permissionNames, type Statement } from '@cloudbox/protocol/permissions'
import type { Operator } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Directory } from '../directory/directory.ts'

/**
 * Nobody gives, takes or defines more than he has in the whole organisation.
 * @param statements of the role; what it allows anywhere counts as if it were everywhere
 * @throws Problem `platform/not-allowed`
 */
export function checkGrant(
  directory: Directory,
  operator: Operator,
  organisationId: string,
  statements: readonly Statement[],
): void {
  const own = directory.statementsFor(operator.uid, { organisationId })
  const anywhere = statements
    .filter(({ effect, places }) => effect === 'allow' || places.includes('*'))
    .map(statement => ({ ...statement, places: ['*'] }))
  const missing = permissionNames.find(name => allows(anywhere, name, '') && !allows(own, name, ''))
  if (missing !== undefined)
    throw new Problem(
      platformProblems['not-allowed'],
      `The role has the permission ${missing}, which you do not have yourself.`,
    )
}
