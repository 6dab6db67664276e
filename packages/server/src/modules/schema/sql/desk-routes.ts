import { platformProblems } from '@cloudbox/protocol/platform'
import { dataProblems } from '@cloudbox/protocol/data'
import type { Permission } from '@cloudbox/protocol/permissions'
import { schemaProblems } from '@cloudbox/protocol/schema'
import { SqlBody, SqlReply } from '@cloudbox/protocol/schema-sql'
import type { Caller } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import type { AuthorOf } from '../../platform/module.ts'
import type { DeskDeps } from './open-desk.ts'
import { runAtDesk } from './run-at-desk.ts'

/** As much of a statement as the audit keeps. */
const keptCharacters = 2000

export function deskRoutes(deps: DeskDeps, authorOf: AuthorOf): Route[] {
  return [
    route(
      'POST /schema/sql',
      {
        summary: 'Run a statement of SQL',
        description:
          'As a role that sees all documents of the environment, past policies, and nothing of accounts, other environments or the platform. It reads, unless `write` says otherwise. It needs `documents.read`, and `documents.write` to write.',
        access: 'secret',
        permission: 'sql.open',
        body: SqlBody,
        reply: SqlReply,
        problems: [schemaProblems['sql-refused'], dataProblems['too-slow'], dataProblems['collection-busy']],
      },
      async request => {
        const { environment, caller, body } = request
        mustHave(caller, body.write === true ? ['documents.read', 'documents.write'] : ['documents.read'])
        const author = authorOf(request)
        const entry = {
          action: 'sql.ran',
          subject: 'sql',
          after: { text: body.text.slice(0, keptCharacters) },
        }
        const json = await runAtDesk(deps, environment, body, () =>
          deps.db.transaction(tx => author.record(tx, entry)),
        )
        return { json }
      },
    ),
  ]
}

/** @throws Problem `platform/not-allowed` */
function mustHave({ scope }: Caller, permissions: readonly Permission[]): void {
  const missing = permissions.find(permission => scope?.may(permission) === false)
  if (missing === undefined && scope?.mayTouch('*') !== false) return
  throw new Problem(
    platformProblems['not-allowed'],
    missing === undefined
      ? 'A key for some collections runs no SQL.'
      : `This needs the permission ${missing}.`,
  )
}
