import type { User } from '@cloudbox/protocol/auth'
import { raw } from '../../../kernel/sql.ts'

/** A row of `users`, as Postgres gives it as JSON. */
export interface UserRow extends Omit<User, 'createdAt' | 'updatedAt'> {
  readonly created_at: string
  readonly updated_at: string
}

/** One user as JSON text under the name `user`; the table is called `u`. Other columns, an app's own, stay out. */
export const userJson =
  raw(`json_build_object('id', u.id, 'email', u.email, 'emailVerified', u."emailVerified",
  'phone', u.phone, 'phoneVerified', u."phoneVerified", 'name', u.name, 'avatarUrl', u."avatarUrl", 'role', u.role,
  'roles', u.roles, 'claims', u.claims, 'metadata', u.metadata, 'locale', u.locale, 'isAnonymous', u."isAnonymous",
  'bannedUntil', u."bannedUntil", 'lastSignInAt', u."lastSignInAt",
  'created_at', u.created_at, 'updated_at', u.updated_at)::text`)

/** Reads {@link userJson}. */
export function toUser(text: string): User {
  const { created_at, updated_at, ...row } = JSON.parse(text) as UserRow
  return {
    ...row,
    bannedUntil: iso(row.bannedUntil),
    lastSignInAt: iso(row.lastSignInAt),
    createdAt: iso(created_at)!,
    updatedAt: iso(updated_at)!,
  }
}

function iso(text: string | null): string | null {
  return text === null ? null : new Date(text).toISOString()
}

/** The one spelling of an address that accounts are kept under. */
export function normalEmail(address: string): string {
  return address.trim().normalize('NFC').toLowerCase()
}
