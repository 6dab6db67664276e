import { text, webAddress } from '../oauth/legs/profiles.ts'
import type { Profile, Raw } from '../oauth/legs/provider.ts'

/** Where a provider's answer tells what: paths with dots, the first that holds something counts. */
export interface ProfilePaths {
  readonly subject: string
  readonly email?: string
  /** A path to a boolean, or what holds for every address this provider tells. Never, unless told. */
  readonly emailVerified?: string | boolean
  readonly name?: string | readonly string[]
  readonly avatarUrl?: string
  readonly username?: string
}

/** Makes the reader of profiles that a manifest describes with paths. */
export function profileFrom(paths: ProfilePaths): (raw: Raw) => Profile {
  return raw => {
    const { subject, email, emailVerified = false, name = [], avatarUrl, username } = paths
    const found = email === undefined ? null : text(at(raw, email))
    const isVerified = typeof emailVerified === 'string' ? at(raw, emailVerified) : emailVerified
    const names = [name].flat().map(path => text(at(raw, path)))
    return {
      subject: text(at(raw, subject)) ?? '',
      email: found,
      emailVerified: found !== null && (isVerified === true || isVerified === 'true'),
      name: names.find(one => one !== null) ?? null,
      avatarUrl: avatarUrl === undefined ? null : webAddress(at(raw, avatarUrl)),
      username: username === undefined ? null : text(at(raw, username)),
    }
  }
}

function at(raw: unknown, path: string): unknown {
  let value = raw
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}
