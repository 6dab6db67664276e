import { authProblems } from '@cloudbox/protocol/auth'
import type { AccountEvent } from '@cloudbox/protocol/monitoring'
import type { Environment } from '../../kernel/caller.ts'
import { defineEvent } from '../../kernel/events.ts'
import type { Observer } from '../../kernel/observer.ts'
import { Problem } from '../../kernel/problem.ts'
import type { Route } from '../../kernel/route.ts'

/** Written with what happened, so that what was undone is not counted. */
export const accountUsed = defineEvent<{
  readonly environmentId: string
  readonly event: Exclude<AccountEvent, 'refused'>
}>('auth.account-used')

/** Somebody had nothing to show that opens an account. */
const refusals = new Set<unknown>([
  authProblems['wrong-credentials'],
  authProblems['wrong-code'],
  authProblems['link-invalid'],
  authProblems['passkey-invalid'],
  authProblems['id-token-invalid'],
  authProblems['refresh-token-reused'],
  authProblems['locked-out'],
  authProblems.banned,
  authProblems.refused,
])

export function countEvent(
  observer: Observer,
  environment: Environment | undefined,
  event: AccountEvent,
): void {
  observer.tell(observer.operation('account', event), { environment, durationMs: 0, times: 1 })
}

/** The same routes, whose refusals are counted. */
export function countRefusals(observer: Observer, routes: readonly Route[]): Route[] {
  return routes.map(route => ({
    ...route,
    handle: async request => {
      try {
        return await route.handle(request)
      } catch (error) {
        if (error instanceof Problem && refusals.has(error.kind))
          countEvent(observer, request.environment, 'refused')
        throw error
      }
    },
  }))
}
