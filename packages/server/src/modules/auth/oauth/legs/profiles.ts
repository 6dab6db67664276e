import type { Profile, Raw } from './provider.ts'

/** The standard claims of OpenID Connect. */
export function standardProfile(raw: Raw): Profile {
  return {
    subject: text(raw['sub']) ?? '',
    email: text(raw['email']),
    emailVerified: raw['email_verified'] === true || raw['email_verified'] === 'true',
    name: text(raw['name']),
    avatarUrl: webAddress(raw['picture']),
    username: text(raw['preferred_username']),
  }
}

/** Its e-mail claim is what a tenant's administrator typed: never a proof. Only tenant and object id name a person. */
export function microsoftProfile(raw: Raw): Profile {
  const { tid, oid } = raw
  const isNamed = typeof tid === 'string' && typeof oid === 'string'
  return { ...standardProfile(raw), subject: isNamed ? `${tid}:${oid}` : '', emailVerified: false }
}

/** The address of the profile is what the user shows; `/user/emails` knows which one is proved. */
export function githubProfile(raw: Raw): Profile {
  const emails = Array.isArray(raw['emails']) ? (raw['emails'] as Raw[]) : []
  const proved = emails.filter(({ verified }) => verified === true)
  const best = proved.find(({ primary }) => primary === true) ?? proved[0]
  return {
    subject: text(raw['id']) ?? '',
    email: text(best?.['email']) ?? text(raw['email']),
    emailVerified: best !== undefined,
    name: text(raw['name']) ?? text(raw['login']),
    avatarUrl: webAddress(raw['avatar_url']),
    username: text(raw['login']),
  }
}

export function discordProfile(raw: Raw): Profile {
  const [subject, avatar] = [text(raw['id']) ?? '', text(raw['avatar'])]
  return {
    subject,
    email: text(raw['email']),
    emailVerified: raw['verified'] === true,
    name: text(raw['global_name']) ?? text(raw['username']),
    avatarUrl: avatar === null ? null : `https://cdn.discordapp.com/avatars/${subject}/${avatar}.png`,
    username: text(raw['username']),
  }
}

function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value.slice(0, 2048) : null
}

function webAddress(value: unknown): string | null {
  const url = typeof value === 'string' ? URL.parse(value) : null
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : null
}
