import { templateVariables, type AnyMailVariables, type MailKind } from './kinds.ts'

/** What a preview is filled in with. */
export function sampleVariables(kind: MailKind, origin: string): AnyMailVariables {
  const names: readonly string[] = templateVariables[kind]
  return {
    ...(names.includes('link') && {
      link: `${origin}${kind === 'already-registered' ? '/sign-in' : '/confirm?token=4mNbz0q7xRk'}`,
    }),
    ...(names.includes('code') && { code: '493027' }),
    expiresInSeconds: kind === 'invite' ? 604_800 : names.includes('code') ? 600 : 3600,
    newEmail: 'ada.lovelace@example.com',
    device: 'Firefox on Linux',
    place: 'Leipzig, Germany',
    atMs: Date.UTC(2026, 0, 31, 12, 0),
    headline: 'Fires: Requests fail – shop/production',
    summary: 'Wanted: at least 99.9 % of requests succeed over 30 days.',
    measured: '22× of what the budget allows',
    factor: 'passkey',
    change: 'added',
  }
}
