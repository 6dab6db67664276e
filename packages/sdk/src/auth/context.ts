import type { SessionReply, User } from '@cloudbox/protocol/auth'
import { CloudBoxError } from '../cloudbox-error.ts'
import type { ApiRequest, Send } from '../request.ts'
import { failure, success, type Failure, type Result } from '../result.ts'
import type { AuthEvent } from './channel.ts'
import type { ProofKeys } from './pkce.ts'
import type { Session, SessionKeeper } from './session-keeper.ts'
import type { AuthStorage } from './storage.ts'

/** Who has just come in. */
export interface SignedIn {
  readonly user: User
  readonly session: Session
}

/** What the parts of `box.auth` share. */
export interface AuthContext {
  /** `…/v1` */
  readonly base: string
  /** What the entries of the storage begin with. */
  readonly key: string
  readonly keeper: SessionKeeper
  readonly storage: AuthStorage
  readonly proofKeys: ProofKeys
  readonly throwOnError: boolean
  /** Asks as the signed-in user. */
  readonly sendAsUser: Send
  /** Asks without a user: ways in must not depend on a session of before. */
  readonly sendAsNobody: Send
}

type Method = ApiRequest['method']

/** Asks as the signed-in user. */
export async function ask<Data>(
  context: AuthContext,
  method: Method,
  path: string,
  body?: object,
): Promise<Result<Data>> {
  return settle(context, (await context.sendAsUser({ method, path: `/auth${path}`, body })) as Result<Data>)
}

/** Asks without a user. */
export async function askAsNobody<Data>(
  context: AuthContext,
  path: string,
  body?: object,
): Promise<Result<Data>> {
  const result = await context.sendAsNobody({ method: 'POST', path: `/auth${path}`, body })
  return settle(context, result as Result<Data>)
}

/** Rejects with the error where the client was told to. */
export function settle<Answer extends Result<unknown>>(
  { throwOnError }: AuthContext,
  result: Answer,
): Answer {
  if (throwOnError && result.error !== null) throw result.error
  return result
}

/** Opens the session of an answer. */
export async function enter(
  { keeper, proofKeys }: AuthContext,
  answer: Result<SessionReply>,
  event: AuthEvent = 'SIGNED_IN',
): Promise<Result<SignedIn>> {
  if (answer.error !== null) return answer
  await proofKeys.forget()
  await keeper.save(answer.data, event)
  return withData(answer, { user: answer.data.user, session: answer.data })
}

/** The same result with other data. */
export function withData<Data>(result: Result<unknown>, data: Data): Result<Data> {
  return result.error === null ? success({ ...result, data }) : result
}

/** Trouble that the client finds itself. */
export function clientFailure(code: string, detail: string, hint?: string, cause?: unknown): Failure {
  return failure(
    new CloudBoxError({ code: `client/${code}`, detail, ...(hint !== undefined && { hint }) }, cause),
  )
}
