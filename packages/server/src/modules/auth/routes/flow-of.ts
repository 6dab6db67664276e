import type { Environment } from '../../../kernel/caller.ts'
import type { Flow } from '../flows/flow.ts'

/** What is limited, and how: see the rules of abuse. */
export type Guarded = 'sign-up' | 'sign-in' | 'mail' | 'confirm'

/** A request as flows need it. */
export interface FlowRequest {
  readonly environment: Environment
  readonly ip: string
  readonly origin: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body?: unknown
}

/**
 * Makes the flow of a request. What is guarded is counted first.
 * @param subject the address it is about
 * @throws Problem `auth/too-many-requests`
 */
export type FlowOf = (request: FlowRequest, guarded?: Guarded, subject?: string) => Promise<Flow>
