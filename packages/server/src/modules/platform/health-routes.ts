import { httpProblems } from '@cloudbox/protocol/http'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import type { Queryable } from '../../kernel/db.ts'
import { Problem } from '../../kernel/problem.ts'
import { route, type Route } from '../../kernel/route.ts'
import { sql } from '../../kernel/sql.ts'

/** Whoever asks whether we are ready does not wait long. */
const patienceMs = 2000

/** For whoever watches the process. Migrations are done before it answers anything, so they are no reason. */
export function healthRoutes(db: Queryable, isStreamReady: () => boolean): Route[] {
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
        const reasons: ProblemDetail[] = []
        await db.query(sql`select 1`, { timeoutMs: patienceMs }).catch(() => {
          reasons.push({ at: '/database', message: 'does not answer' })
        })
        if (!isStreamReady())
          reasons.push({ at: '/stream', message: 'the changes of the last minutes are still being read' })
        const [first] = reasons
        if (first === undefined) return { json: { status: 'ready' } }
        throw new Problem(httpProblems.unavailable, `Not ready: ${first.at.slice(1)}: ${first.message}.`, {
          errors: reasons,
        })
      },
    ),
  ]
}
