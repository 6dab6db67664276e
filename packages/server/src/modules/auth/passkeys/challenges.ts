import type { Flow } from '../flows/flow.ts'
import { makeToken, redeemToken, type RedeemedToken } from '../one-time/one-time-token.ts'

/** What a device is asked to sign: to come in, or to be a new passkey. */
type Purpose = 'passkey-sign-in' | 'passkey-new'

/** A challenge that is good once, as the bytes a device signs. */
export async function makeChallenge(
  { deps, accounts }: Flow,
  purpose: Purpose,
  userId?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const token = await makeToken(deps.db, accounts.environment, { purpose, userId, data: {} })
  return new Uint8Array(Buffer.from(token.slice(purpose.length + 1), 'base64url'))
}

/** What a browser says it has signed for. */
export interface Signed {
  /** base64url */
  readonly challenge: string
  readonly origin: string
}

/** Reads it; undefined when it says no such thing. Nothing of it is proved yet. */
export function readSigned(clientDataJSON: string): Signed | undefined {
  try {
    const { challenge, origin } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString()) as Signed
    return typeof challenge === 'string' && typeof origin === 'string' ? { challenge, origin } : undefined
  } catch {
    return undefined
  }
}

/** Takes the challenge, so that no answer to it counts a second time. */
export async function takeChallenge(
  { deps, accounts }: Flow,
  purpose: Purpose,
  { challenge }: Signed,
): Promise<RedeemedToken<object> | undefined> {
  return redeemToken<object>(deps.db, accounts.environment, [purpose], `${purpose}.${challenge}`)
}
