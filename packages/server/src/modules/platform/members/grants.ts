import { platformProblems } from '@cloudbox/protocol/platform'
import { allows, permissionNames, type Permission, type Statement } from '@cloudbox/protocol/permissions'
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
  const missing = missingToGrant(directory, operator, organisationId, statements)
  if (missing !== undefined)
    throw new Problem(
      platformProblems['not-allowed'],
      `The role has the permission ${missing}, which you do not have yourself.`,
    )
}

/** A permission that keeps an operator from giving a role; undefined where he may. */
export function missingToGrant(
  directory: Directory,
  operator: Operator,
  organisationId: string,
  statements: readonly Statement[],
): Permission | undefined {
  const own = directory.statementsFor(operator.uid, { organisationId })
  const anywhere = statements
    .filter(({ effect, places }) => effect === 'allow' || places.includes('*'))
    .map(statement => ({ ...statement, places: ['*'] }))
  return permissionNames.find(name => allows(anywhere, name, '') && !allows(own, name, ''))
}
