import { httpProblems } from '@cloudbox/protocol/http'
import type { Database } from '../../kernel/db.ts'
import { Problem } from '../../kernel/problem.ts'
import { route, type Route } from '../../kernel/route.ts'
import { sql } from '../../kernel/sql.ts'

export function healthRoutes(db: Database, isStreamReady: () => boolean): Route[] {
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
  ]
}
