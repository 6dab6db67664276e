import { createHash } from 'node:crypto'
import type { User } from '@cloudbox/protocol/auth'
import type { Client } from '@cloudbox/client'
import type { Ask } from './ask.ts'

/** Whom a client signs in as. */
export interface BoxUser {
  /** A uuid; made of the e-mail address unless told, so that it is the same in every run. */
  readonly uid?: string
  readonly email?: string
  readonly name?: string
  readonly role?: string
  readonly roles?: readonly string[]
  /** Custom claims: policies see them as `auth.<name>`. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Good for every account that `as` makes. */
const password = 'correct horse battery staple'

/** Makes accounts as they are asked for, once each. */
export function boxUsers(ask: Ask) {
  const made = new Map<string, Promise<User>>()
  const make = async (wanted: BoxUser & { readonly email: string }) => {
    const { uid = uuidOf(wanted.email), email, name, role, roles, claims } = wanted
    return ask<User>('POST', '/auth/users', {
      id: uid,
      email,
      emailVerified: true,
      password,
      ...(name === undefined ? {} : { name }),
      ...(role === undefined ? {} : { role }),
      ...(roles === undefined ? {} : { roles }),
      ...(claims === undefined ? {} : { claims }),
    })
  }
  return {
    /** Signs a client in as this user. */
    async signIn(client: Pick<Client, 'auth'>, who: string | BoxUser): Promise<void> {
      const wanted = typeof who === 'string' ? named(who) : { ...who, email: emailOf(who) }
      const key = JSON.stringify(wanted)
      const making = made.get(key) ?? make(wanted)
      made.set(key, making)
      await making.catch((error: unknown) => {
        made.delete(key)
        throw error
      })
      const { error } = await client.auth.signInWithPassword({ email: wanted.email, password })
      if (error !== null) throw error
    },
    forget: () => made.clear(),
  }
}

function named(name: string): BoxUser & { readonly email: string } {
  return name.includes('@') ? { email: name } : { name, email: emailOf({ name }) }
}

function emailOf({ email, name, uid }: BoxUser): string {
  if (email !== undefined) return email
  const word = (name ?? uid ?? 'user').toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-')
  return `${word}@example.com`
}

/** A uuid that is always the same for the same text (RFC 9562, version 8: made our own way). */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(`cloudbox-testing ${text.toLowerCase()}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
