import { UsageAudit, usageProblems } from '@cloudbox/protocol/usage'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import type { UsageDeps } from '../deps.ts'
import { scan } from './scan.ts'

/** Checks that nothing about anybody is stored. */
export function auditRoute(deps: UsageDeps): Route {
  let isRunning = false
  return route(
    'GET /platform/organisations/:organisation/usage/audit',
    {
      summary: 'Look for addresses of mails and machines in everything that usage and monitoring store',
      description:
        'Reads every column of every row of their tables, those of the environments of other organisations left out: texts, JSON, bytes, and what is encoded for an address, in base64 or hexadecimal. Samples are made unreadable but for their form.',
      access: 'operator',
      permission: 'usage.read',
      scope: 'platform',
      reply: UsageAudit,
      problems: [usageProblems['audit-running']],
    },
    async ({ params }) => {
      const own = new Set(deps.environmentsOf(params.organisation).map(({ id }) => id))
      const others = deps
        .environments()
        .map(({ id }) => id)
        .filter(id => !own.has(id))
      if (isRunning)
        throw new Problem(usageProblems['audit-running'], 'Somebody else has what is stored looked through.')
      isRunning = true
      try {
        return { json: await scan(deps.db, others) }
      } finally {
        isRunning = false
      }
    },
  )
}
