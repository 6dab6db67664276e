import type { CollectionDefinition } from '@cloudbox/protocol/collection'

// What apps see of the table `users` (environment/0001_create_accounts.sql). Passwords, sessions and identities live in
// tables of their own, which no collection shows.

const definition: CollectionDefinition = {
  name: 'users',
  fields: {
    email: { type: 'email', unique: true, pii: true },
    emailVerified: { type: 'boolean', required: true, default: false },
    phone: { type: 'text', unique: true, pii: 'phone' },
    phoneVerified: { type: 'boolean', required: true, default: false },
    name: { type: 'text', max: 200, pii: 'name' },
    avatarUrl: { type: 'url', max: 2048, pattern: 'https?://.*', pii: true },
    role: { type: 'text' },
    roles: { type: 'text', list: true, required: true, default: [] },
    claims: { type: 'json', pii: true },
    metadata: { type: 'json', pii: true },
    locale: { type: 'text', max: 35 },
    isAnonymous: { type: 'boolean', required: true, default: false },
    bannedUntil: { type: 'timestamp' },
    lastSignInAt: { type: 'timestamp' },
  },
  policies: {
    list: 'doc.id == auth.uid',
    get: 'doc.id == auth.uid',
    update: 'doc.id == auth.uid',
  },
}

/** The users of an environment as a collection: what module data registers, and what it leaves to accounts. */
export const usersCollection = {
  /** Policies are those of a new environment; its author may replace them. */
  definition,
  /** Fields of the definition that a policy may let people change; accounts alone write the others. */
  openFields: ['name', 'avatarUrl', 'metadata', 'locale'],
  /** Who writes the rest, in words. */
  owner: 'accounts',
  /** The endpoints that do what documents cannot. */
  ways: {
    create: 'POST /v1/auth/sign-up',
    change: 'PATCH /v1/auth/user',
    delete: 'DELETE /v1/auth/users/{id}',
  },
} as const
