import type { Auth } from '@cloudbox/policy/bind'
import type { User } from '@cloudbox/protocol/auth'

/** Whom a policy is tried as. */
export interface Caller {
  readonly label: string
  /** undefined: without an account. */
  readonly auth: Auth | undefined
}

export const anonymous: Caller = { label: 'Nobody signed in', auth: undefined }

/** A user as his token would tell of him. */
export function callerOf(user: User): Caller {
  const { id, email, phone, name, role, roles, emailVerified, isAnonymous, claims } = user
  const told: Record<string, unknown> = {
    ...(claims as object | null),
    sub: id,
    roles,
    isAnonymous,
    ...(role !== null && { role }),
    ...(email !== null && { email, emailVerified }),
    ...(phone !== null && { phone }),
  }
  return { label: email ?? name ?? id, auth: { uid: id, role, claims: told } }
}

/** Claims as they were typed; `sub` is the id of the user. */
export function callerOfClaims(text: string): Caller | { readonly mistake: string } {
  let claims: unknown
  try {
    claims = JSON.parse(text)
  } catch (error) {
    return { mistake: `This is no JSON: ${(error as Error).message}` }
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    return { mistake: 'Claims are an object, such as { "sub": "ada" }.' }
  const { sub, uid = sub, role } = claims as Readonly<Record<string, unknown>>
  if (typeof uid !== 'string') return { mistake: 'Without "sub" nobody is signed in.' }
  return {
    label: uid,
    auth: { uid, role: typeof role === 'string' ? role : undefined, claims: { ...claims } },
  }
}
