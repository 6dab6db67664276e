import type { User } from '@cloudbox/protocol/auth'

/** What a user is called where there is room for one thing. */
export function userName({ name, email, phone, isAnonymous, id }: User): string {
  return name || email || phone || (isAnonymous ? `Somebody ${id.slice(-6)}` : id)
}

export function isBanned({ bannedUntil }: Pick<User, 'bannedUntil'>, nowMs: number = Date.now()): boolean {
  return bannedUntil !== null && Date.parse(bannedUntil) > nowMs
}
