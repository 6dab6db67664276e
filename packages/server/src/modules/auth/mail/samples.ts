import type { AnyMailVariables, MailKind } from './kinds.ts'

const linkPaths: Partial<Record<MailKind, string>> = { 'already-registered': '/sign-in' }

/** What a preview is filled in with. */
export function sampleVariables(kind: MailKind, origin: string): AnyMailVariables {
  return {
    link: `${origin}${linkPaths[kind] ?? '/confirm?token=4mNbz0q7xRk'}`,
    code: '493027',
    expiresInSeconds: kind === 'invite' ? 604_800 : kind === 'email-code' ? 600 : 3600,
    newEmail: 'ada.lovelace@example.com',
    device: 'Firefox on Linux',
    place: 'Leipzig, Germany',
    atMs: Date.UTC(2026, 0, 31, 12, 0),
    factor: 'passkey',
    change: 'added',
  }
}
