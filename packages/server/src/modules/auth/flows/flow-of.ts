import type { Environment } from '../../../kernel/caller.ts'
import { verifyCaptcha } from '../abuse/captcha.ts'
import { bucketsOf, wantsCaptcha, type Guarded } from '../abuse/limits.ts'
import { takeToken } from '../abuse/take-token.ts'
import type { Accounts, AllAccounts } from '../accounts.ts'
import { visitorOf } from '../sessions/visitor.ts'
import type { Flow, FlowDeps } from './flow.ts'

/** A request as flows need it. */
export interface FlowRequest {
  readonly environment: Environment
  readonly ip: string
  readonly origin: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body?: unknown
}

/**
 * Makes the flow of a request. What is guarded is counted first, and asks for a captcha where the environment wants one.
 * @param address whom a mail would go to
 * @throws Problem `auth/too-many-requests`, `auth/captcha-…`
 */
export type FlowOf = (request: FlowRequest, guarded?: Guarded, address?: string) => Promise<Flow>

/** @param fetch asks the services of captchas */
export function flowMaker(all: AllAccounts, deps: FlowDeps, fetch: typeof globalThis.fetch): FlowOf {
  return async (request, guarded, address) => {
    const accounts = await all.of(request.environment)
    const visitor = visitorOf(request)
    const { environment, guardKey: key } = accounts
    const guard = { db: deps.db, environment, key, now: () => accounts.clock.now() }
    const flow = { deps, accounts, visitor, guard, headers: {} }
    if (guarded === undefined) return flow
    const buckets = bucketsOf(guarded, accounts.settings, visitor.ip, address)
    const headers = buckets.length === 0 ? {} : await takeToken(guard, buckets)
    await checkCaptcha(accounts, guarded, request, fetch)
    return { ...flow, headers }
  }
}

async function checkCaptcha(
  { settings }: Accounts,
  guarded: Guarded,
  { ip, body }: FlowRequest,
  fetch: typeof globalThis.fetch,
): Promise<void> {
  if (settings.captcha === null || !wantsCaptcha(guarded)) return
  const { captchaToken } = (body ?? {}) as { captchaToken?: string }
  await verifyCaptcha(settings.captcha, captchaToken, ip, fetch)
}
