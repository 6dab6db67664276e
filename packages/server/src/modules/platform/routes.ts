import { Type } from 'typebox'
import type { Database } from '../../kernel/db.ts'
import { route, type Route } from '../../kernel/route.ts'
import { sql } from '../../kernel/sql.ts'
import { changeLimits, limitsChange, limitsReply, showLimits } from './limits.ts'
import type { Registry } from './registry.ts'
import { openSqlAccess } from './sql-access.ts'

export function platformRoutes(db: Database, registry: Registry): Route[] {
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
        return { json: { status: 'ready' } }
      },
    ),

    route(
      'GET /limits',
      {
        summary: 'What one request may cost in this environment',
        description: 'null is the default of the server.',
        access: 'secret',
        reply: limitsReply,
      },
      ({ environment }) => ({ json: showLimits(environment.limits) }),
    ),

    route(
      'PATCH /limits',
      {
        summary: 'Change what one request may cost',
        description:
          'Changes those that are named; null goes back to the default. All requests that follow obey.',
        access: 'secret',
        body: limitsChange,
        reply: limitsReply,
      },
      async ({ environment, body }) => {
        const limits = await changeLimits(db, environment, body)
        await registry.load()
        return { json: limits }
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
