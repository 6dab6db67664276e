import { KnownProviders } from '@cloudbox/protocol/auth-admin'
import { route, type Route } from '../../../kernel/route.ts'
import type { AdminFlowOf } from '../admin/admin-flow.ts'
import { listProviders } from '../oauth/list-providers.ts'

/** What there is to set up. */
export function providerRoutes(flowOf: AdminFlowOf): Route[] {
  return [
    route(
      'GET /auth/providers',
      {
        summary: 'Identity providers, what each needs, and how far it is set up',
        description: 'Those in use first. `PATCH /auth/settings` sets them up.',
        access: 'secret',
        permission: 'accounts.read',
        reply: KnownProviders,
      },
      async request => ({ json: { providers: listProviders(await flowOf(request)) } }),
    ),
  ]
}
