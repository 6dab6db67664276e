import { httpProblems } from '@cloudbox/protocol/http'
import { Type } from 'typebox'
import type { Database } from '../../kernel/db.ts'
import { Problem } from '../../kernel/problem.ts'
import { route, type Route } from '../../kernel/route.ts'
import { sql } from '../../kernel/sql.ts'
import { openSqlAccess } from './sql-access.ts'

export function platformRoutes(db: Database, isStreamReady: () => boolean): Route[] {
  return [
    route(
      'GET /health',
      { summary: 'Is the process alive?', access: 'anyone', scope: 'root', hidden: true },
      () => ({
        json: { status: 'ok' },
      }),
    ),

    route(
      'GET /ready',
      { summary: 'Can it answer requests?', access: 'anyone', scope: 'root', hidden: true },
      async () => {
        await db.query(sql`select 1`)
        if (!isStreamReady())
          throw new Problem(httpProblems.unavailable, 'The changes of the last minutes are still being read.')
        return { json: { status: 'ready' } }
      },
    ),

    route(
      'POST /platform/sql-access',
      {
        summary: 'Open direct SQL access to this environment',
        description:
          'Sets a new password for the role of this environment and answers it once. Native row security guards the role with the same policies: `set cloudbox.token` to a user token to act as that user.',
        access: 'secret',
        reply: Type.Object({ user: Type.String(), password: Type.String(), database: Type.String() }),
      },
      async ({ environment }) => ({ json: await openSqlAccess(db, environment) }),
    ),
  ]
}
