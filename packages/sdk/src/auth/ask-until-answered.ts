import type { Result } from '../result.ts'
import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Clock } from './clock.ts'

/** Exchanges a refresh token; never rejects. */
export type AskRefresh = (refreshToken: string, timeoutMs: number) => Promise<Result<SessionReply>>

/** Safely within the ten seconds in which the server gives the same successor for the same token again. */
const persistMs = 8_000
/** So that an answer that never comes leaves time to ask again. */
const shortMs = 4_000
const longMs = 15_000

/** Asks again while answers are lost: the server may have got the question. */
export async function askUntilAnswered(
  ask: AskRefresh,
  refreshToken: string,
  clock: Clock,
): Promise<Result<SessionReply>> {
  const startedAtMs = clock.now()
  for (let attempt = 0; ; attempt++) {
    const elapsedMs = clock.now() - startedAtMs
    const answer = await ask(refreshToken, elapsedMs < shortMs ? shortMs : longMs)
    const waitMs = Math.min(100 * 2 ** attempt, 1_000)
    if (!isLost(answer) || clock.now() + waitMs - startedAtMs > persistMs) return answer
    await clock.sleep(waitMs)
  }
}

/** No answer, or one that says nothing about the token. */
function isLost({ error }: Result<unknown>): boolean {
  return error !== null && (error.code.startsWith('client/') || error.status >= 500)
}
