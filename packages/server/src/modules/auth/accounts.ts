import { authProblems } from '@cloudbox/protocol/auth'
import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import { systemClock, type Clock } from '../../kernel/clock.ts'
import type { Caller, Environment } from '../../kernel/caller.ts'
import type { Database } from '../../kernel/db.ts'
import { Problem } from '../../kernel/problem.ts'
import type { Vault } from '../../kernel/vault.ts'
import type { AccountHooks } from './hooks.ts'
import { loadKeyRing, type KeyRing } from './keys/key-ring.ts'
import { Revocations } from './sessions/revocations.ts'
import { loadSettings } from './settings/settings.ts'
import { knownTokens, tokenReader } from './tokens/token-reader.ts'

/** The accounts of one environment: what every request about them needs, in memory. */
export interface Accounts {
  readonly environment: Environment
  readonly settings: AuthSettings
  readonly keys: KeyRing
  /** Signs refresh tokens. */
  readonly refreshKey: Buffer
  /** Hashes whom it counts. */
  readonly guardKey: Buffer
  /** `iss` of its tokens. */
  readonly issuer: string
  /** Who has a say. */
  readonly hooks: AccountHooks
  /** What time it is. */
  readonly clock: Clock
  /** Who a token speaks for. */
  read(token: string): Extract<Caller, { kind: 'user' }>
}

export interface AccountsDeps {
  readonly db: Database
  readonly vault: Vault
  readonly publicUrl: string | undefined
  readonly hooks: AccountHooks
  /** The machine's own unless told. */
  readonly clock?: Clock
}

/** The accounts of every environment, loaded when they are first asked for. */
export class AllAccounts {
  readonly #deps: AccountsDeps
  readonly #loading = new Map<string, Promise<Accounts>>()
  readonly #loaded = new Map<string, Accounts>()
  readonly #revocations = new Map<string, Revocations>()
  readonly #tokens = knownTokens()

  constructor(deps: AccountsDeps) {
    this.#deps = deps
  }

  /** Those of an environment; a promise only while they are being loaded. */
  of(environment: Environment): Accounts | Promise<Accounts> {
    const { id } = environment
    const loaded = this.#loaded.get(id)
    if (loaded?.environment === environment) return loaded
    const known = this.#loading.get(id)
    if (known !== undefined) return known
    const loading = this.#load(environment)
    this.#loading.set(id, loading)
    loading.then(
      accounts => {
        if (this.#loading.get(id) !== loading) return
        this.#loaded.set(id, accounts)
        this.#loading.delete(id)
      },
      () => this.#loading.delete(id),
    )
    return loading
  }

  /** Settings or keys have changed: reads them anew at the next request. */
  forget(environmentId: string): void {
    this.#loading.delete(environmentId)
    this.#loaded.delete(environmentId)
  }

  /** Tokens of these sessions are refused from now on. */
  end({ environmentId, sessionIds }: { environmentId: string; sessionIds: readonly string[] }): void {
    this.#revocationsOf(environmentId).add(sessionIds, this.#deps.clock?.now())
  }

  /** Tokens of this user are out of date. */
  outdate({ environmentId, userId, atMs }: { environmentId: string; userId: string; atMs: number }): void {
    this.#revocationsOf(environmentId).outdate(userId, atMs)
  }

  // Kept for good: what is heard while the rest is being read anew must not be lost.
  #revocationsOf(environmentId: string): Revocations {
    const known = this.#revocations.get(environmentId)
    if (known !== undefined) return known
    const fresh = new Revocations()
    this.#revocations.set(environmentId, fresh)
    return fresh
  }

  async #load(environment: Environment): Promise<Accounts> {
    const { db, vault, publicUrl, hooks, clock = systemClock } = this.#deps
    const { id, project, name } = environment
    const revocations = this.#revocationsOf(id)
    const settings = await loadSettings(db, vault, environment)
    const [keys] = await Promise.all([
      loadKeyRing(db, vault, environment, settings.signingAlgorithm),
      revocations.load(db, environment, clock.now()),
    ])
    const issuer =
      publicUrl === undefined ? `urn:cloudbox:environment:${id}` : `${publicUrl}/${project}/${name}/v1/auth`
    return {
      environment,
      settings,
      keys,
      hooks,
      clock,
      issuer,
      refreshKey: vault.derive(id, 'refresh-v1'),
      guardKey: vault.derive(id, 'guard-v1'),
      read: tokenReader({
        environmentId: id,
        issuer,
        known: this.#tokens,
        findKey: kid => keys.find(kid),
        isRevoked: sessionId => revocations.has(sessionId),
        isOutdated: (userId, madeAtMs) => revocations.isOutdated(userId, madeAtMs),
        now: () => clock.now(),
      }),
    }
  }
}

/**
 * Where links to an environment's accounts begin, `…/v1/auth`. A request's own word for it is taken only where mails stay in
 * the mailbox or reach developers: one to a user must not lead where a forged Host header says.
 * @throws Problem `auth/public-url-missing`
 */
export function linkBase(
  publicUrl: string | undefined,
  { project, name, dev, inert }: Environment,
  origin: string,
): string {
  const base = publicUrl ?? (dev || inert ? origin : undefined)
  if (base !== undefined) return `${base}/${project}/${name}/v1/auth`
  throw new Problem(authProblems['public-url-missing'], 'No public address is set.')
}
