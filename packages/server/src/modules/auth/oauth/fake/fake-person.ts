import { createHash } from 'node:crypto'
import type { Provider, Raw } from '../legs/provider.ts'

/** Somebody made up, to sign in as while an app is built. */
export interface FakePerson {
  readonly name: string
  readonly email: string
  readonly emailVerified: boolean
}

/** Always the same for the same address. */
function numberOf(email: string): number {
  return createHash('sha256').update(email.toLowerCase()).digest().readUIntBE(0, 6)
}

/** The claims of an ID token, in the shape the provider documents. */
export function fakeClaims(
  provider: Provider,
  { name, email, emailVerified }: FakePerson,
): Raw & { sub: string } {
  const number = numberOf(email)
  const sub = String(number).padStart(21, '1')
  if (provider.id === 'microsoft') {
    const oid = `00000000-0000-0000-0000-${number.toString(16).padStart(12, '0')}`
    const tid = '9188040d-6c67-4c5b-b112-36a304b66dad'
    return { sub, oid, tid, name, email, preferred_username: email, ver: '2.0' }
  }
  const [given, ...family] = name.split(' ')
  return {
    sub,
    name,
    given_name: given,
    family_name: family.join(' '),
    email,
    email_verified: emailVerified,
    preferred_username: email.split('@')[0],
  }
}

/** What the provider's addresses answer about him, in the shape it documents. */
export function fakeAnswers(provider: Provider, person: FakePerson): ReadonlyMap<string, unknown> {
  const { name, email, emailVerified } = person
  const { userinfo = '', more = {} } = provider.endpoints ?? {}
  const [number, username] = [numberOf(email), email.split('@')[0]]
  if (provider.id === 'github')
    return new Map<string, unknown>([
      [userinfo, { id: number % 1e9, login: username, name, email: null, avatar_url: null, type: 'User' }],
      [more['emails']!, [{ email, primary: true, verified: emailVerified, visibility: 'private' }]],
    ])
  if (provider.id === 'discord')
    return new Map([
      [
        userinfo,
        { id: String(number), username, global_name: name, avatar: null, email, verified: emailVerified },
      ],
    ])
  return new Map([[userinfo, fakeClaims(provider, person)]])
}
