import type { FieldDefinition, Policies } from '@cloudbox/protocol/collection'

/** Who may do what, as a beginning. */
export interface PolicyTemplate {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly policies: Policies
  /** What the policies read; added where it is missing. */
  readonly fields?: Readonly<Record<string, FieldDefinition>>
}

const owner = { owner: { type: 'text', default: { cel: 'auth.uid' } } } as const

export const policyTemplates: readonly PolicyTemplate[] = [
  {
    name: 'closed',
    title: 'Closed',
    about: 'Nobody but operators and the secret key. Open it when you know to whom.',
    policies: {},
  },
  {
    name: 'own',
    title: 'Each their own',
    about: 'Signed-in users see and change what they have made, by the field owner.',
    fields: owner,
    policies: {
      list: 'doc.owner == auth.uid',
      get: 'doc.owner == auth.uid',
      create: 'next.owner == auth.uid',
      update: 'doc.owner == auth.uid && next.owner == auth.uid',
      delete: 'doc.owner == auth.uid',
    },
  },
  {
    name: 'signed-in',
    title: 'Signed in',
    about: 'Everybody with an account sees and changes everything.',
    policies: {
      list: 'auth.uid != null',
      get: 'auth.uid != null',
      create: 'auth.uid != null',
      update: 'auth.uid != null',
      delete: 'auth.uid != null',
    },
  },
  {
    name: 'public',
    title: 'Read by all, written by owners',
    about: 'Anybody reads, also without an account; what one has made one may change.',
    fields: owner,
    policies: {
      list: 'public("anybody may read these")',
      get: 'public("anybody may read these")',
      create: 'auth.uid != null && next.owner == auth.uid',
      update: 'doc.owner == auth.uid && next.owner == auth.uid',
      delete: 'doc.owner == auth.uid',
    },
  },
]
