import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Result } from '../result.ts'
import type { Clock } from './clock.ts'

/** Exchanges a refresh token; never rejects. */
export type AskRefresh = (refreshToken: string) => Promise<Result<SessionReply>>

/** Safely within the ten seconds in which the server gives the same successor for the same token again. */
const persistMs = 8_500
/** An answer that takes longer may be lost without a word: then a second question goes out beside the first. */
const patienceMs = 1_500
const mostWaitMs = 500

/**
 * Asks again while answers are lost, for the server may have got the question; whichever answer comes first counts.
 */
export async function askUntilAnswered(
  ask: AskRefresh,
  refreshToken: string,
  clock: Clock,
): Promise<Result<SessionReply>> {
  const giveUpAtMs = clock.now() + persistMs
  const asked: Promise<Result<SessionReply>>[] = []
  for (let waitMs = 50; ; waitMs = Math.min(2 * waitMs, mostWaitMs)) {
    asked.push(ask(refreshToken).then(refuseLost))
    const isLast = clock.now() + waitMs > giveUpAtMs
    const { promise: tired, resolve: tire } = Promise.withResolvers<undefined>()
    const callOff = isLast ? () => {} : clock.schedule(patienceMs, () => tire(undefined))
    try {
      const answer = await Promise.race([Promise.any(asked), tired])
      callOff()
      if (answer !== undefined) return answer
    } catch (cause) {
      callOff()
      if (isLast) return (cause as AggregateError).errors.at(-1) as Result<SessionReply>
      await clock.sleep(waitMs)
    }
  }
}

/** Rejects with what is no answer, or one that says nothing about the token. */
function refuseLost(answer: Result<SessionReply>): Result<SessionReply> {
  const { error } = answer
  // oxlint-disable-next-line no-throw-literal -- Promise.any tells what was answered from what was lost by this
  if (error !== null && (error.code.startsWith('client/') || error.status >= 500)) throw answer
  return answer
}
