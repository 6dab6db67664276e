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

/** Who asks. */
export type Caller =
  /** Holds the secret key: policies do not apply. */
  | { readonly kind: 'secret' }
  /** Holds the publishable key and no token. */
  | { readonly kind: 'anonymous' }
  /** An end user with a valid token. */
  | {
      readonly kind: 'user'
      readonly uid: string
      readonly claims: Readonly<Record<string, unknown>>
      /** When the token ends, ms since 1970. */
      readonly expiresAtMs: number
    }
