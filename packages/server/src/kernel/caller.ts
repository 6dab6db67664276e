import type { Permission } from '@cloudbox/protocol/permissions'

/** One environment of a project: the unit everything belongs to. */
export interface Environment {
  readonly id: string
  /** Names in the address: `/{project}/{name}`. */
  readonly project: string
  readonly name: string
  /** Its Postgres schema, holding everything of it. */
  readonly schema: string
  /** The Postgres role of direct SQL connections, guarded by native row security. */
  readonly role: string
  /** Dev environments tell more: what a policy hid, and why. */
  readonly dev: boolean
  /** Tells nobody outside: mails stay in its mailbox, webhooks and schedules rest. So are branches, until opened. */
  readonly inert: boolean
  readonly limits: EnvironmentLimits
}

/** What one request may cost in an environment; what is not set is the server's default. */
export interface EnvironmentLimits {
  /** Longest time of a statement. */
  readonly statementTimeoutMs?: number
  /** Documents of a page. */
  readonly maxRows?: number
  /** Most that Postgres' planner may expect a list to cost, in its own unit. */
  readonly maxCost?: number
}

/** Who does something, as the audit tells it. */
export interface Actor {
  /** `operator`: a person who runs the installation; `key`: a secret key; `system`: the server itself. */
  readonly kind: 'operator' | 'key' | 'user' | 'system'
  readonly id: string
  /** For people: an address, or the name of a key. */
  readonly name: string
}

/** What a caller may do, where that is less than everything. */
export interface Scope {
  may(permission: Permission): boolean
  /** Whether the documents of a collection are his to touch at all; policies decide about the rest. */
  mayTouch(collection: string): boolean
}

/** Who asks. The same caller is the same object, so that what was worked out for one can be found again. */
export type Caller =
  /** Holds a secret key or is an operator: policies do not apply. */
  | { readonly kind: 'secret'; readonly actor: Actor; readonly scope?: Scope }
  /** Holds the publishable key and no token. */
  | { readonly kind: 'anonymous'; readonly scope?: Scope }
  /** An end user with a valid token. */
  | {
      readonly kind: 'user'
      readonly uid: string
      readonly claims: Readonly<Record<string, unknown>>
      /** When the token ends, ms since 1970. */
      readonly expiresAtMs: number
      readonly scope?: Scope
    }

/** A person who runs the installation, with a place in it. */
export interface Operator {
  readonly uid: string
  readonly email: string
  readonly actor: Actor
  /** The session, as its token tells it. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly expiresAtMs: number
}
