import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Result } from '../result.ts'
import { ask, enter, withData, type AuthContext, type SignedIn } from './context.ts'

/** A second proof beside the first, such as the app on a phone that shows codes. */
export interface Factor {
  readonly id: string
  readonly kind: string
  readonly name: string | null
  /** False until the first code was right. */
  readonly verified: boolean
  readonly createdAt: string
}

/** What the app on the phone is shown, as text or as a QR code of `uri`. */
export interface NewFactor {
  readonly id: string
  readonly secret: string
  readonly uri: string
}

/** A second factor. A session that has verified one has `aal` 2, which policies and settings may ask for. */
export interface Mfa {
  /**
   * @example
   * const { data } = await box.auth.mfa.enroll({ name: 'Phone' })
   * showQrCode(data.uri)
   * await box.auth.mfa.verify({ factorId: data.id, code })
   */
  enroll(options?: { readonly name?: string }): Promise<Result<NewFactor>>
  /** Checks a code; the session is a stronger one from then on. */
  verify(request: { readonly factorId: string; readonly code: string }): Promise<Result<SignedIn>>
  /** The same as `verify`: there is no challenge to ask for first. */
  challengeAndVerify(request: { readonly factorId: string; readonly code: string }): Promise<Result<SignedIn>>
  unenroll(factorId: string): Promise<Result<null>>
  list(): Promise<Result<Factor[]>>
  /** Makes codes to keep on paper, each good once. Those of before are void. */
  createBackupCodes(): Promise<Result<{ readonly codes: string[] }>>
  /** Takes a backup code instead of one from the phone. */
  verifyBackupCode(code: string): Promise<Result<SignedIn>>
}

export function mfa(context: AuthContext): Mfa {
  const verify = async (path: string, code: string) =>
    enter(context, await ask<SessionReply>(context, 'POST', path, { code }), 'TOKEN_REFRESHED')
  const verifyFactor: Mfa['verify'] = ({ factorId, code }) =>
    verify(`/factors/${encodeURIComponent(factorId)}/verify`, code)
  return {
    enroll: (options = {}) => ask(context, 'POST', '/factors', { kind: 'totp', ...options }),
    verify: verifyFactor,
    challengeAndVerify: verifyFactor,
    unenroll: async id => withData(await ask(context, 'DELETE', `/factors/${encodeURIComponent(id)}`), null),
    list: () => ask(context, 'GET', '/factors'),
    createBackupCodes: () => ask(context, 'POST', '/factors/backup-codes'),
    verifyBackupCode: code => verify('/factors/backup-codes/verify', code),
  }
}
