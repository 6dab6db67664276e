import { setTimeout as delay } from 'node:timers/promises'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Caller, Environment, Scope } from '../../../kernel/caller.ts'
import { systemClock, type Clock } from '../../../kernel/clock.ts'
import type { Database } from '../../../kernel/db.ts'
import type { Credentials, KeyHolder } from '../../../kernel/gate.ts'
import { Problem } from '../../../kernel/problem.ts'
import { parseSnapshot, sees, type TransactionSnapshot } from '../../../kernel/stream/transaction-snapshot.ts'
import { hashKey, isSecretKey } from '../keys/keys.ts'
import { keyScope } from '../keys/key-scope.ts'
import { Directory, type KnownKey } from './directory.ts'
import { loadDirectory } from './load-directory.ts'

interface CheckedKey extends KnownKey {
  readonly holder: KeyHolder
}

const anonymous: KeyHolder = Object.freeze({ kind: 'anonymous' })
const nothing: Directory = new Directory({
  organisations: [],
  projects: [],
  environments: [],
  removed: [],
  keys: [],
  members: [],
  roles: [],
})

/** The directory, in memory: finding the environment and checking the key of a request asks no database. */
export class Registry {
  readonly #db: Database
  readonly #clock: Clock
  #loads = 0
  #loaded = 0
  #seen: TransactionSnapshot = parseSnapshot('0:0:')
  #directory = nothing
  /** Hashing a key takes a microsecond; the keys in use are few. Only good ones are kept. */
  #checked = new Map<string, CheckedKey>()
  /** Holders outlive a reading that changed nothing of their key, for what was worked out for them. */
  #holders = new Map<string, KeyHolder>()
  readonly #used = new Set<string>()

  constructor(db: Database, clock: Clock = systemClock) {
    this.#db = db
    this.#clock = clock
  }

  get directory(): Directory {
    return this.#directory
  }

  /** Reads everything anew: at start, and when any server changed it. */
  async load(): Promise<void> {
    const load = ++this.#loads
    const { directory, snapshot } = await loadDirectory(this.#db, this.#directory)
    // A later reading that was faster knows more.
    if (load < this.#loaded) return
    this.#loaded = load
    this.#seen = snapshot
    this.#directory = directory
    this.#checked = new Map()
  }

  /** Reads until a commit that is in the log is seen, too. */
  async loadWith(xid: bigint): Promise<void> {
    for (let waitMs = 1; !sees(this.#seen, xid); waitMs = Math.min(2 * waitMs, 1000)) {
      await this.load()
      if (!sees(this.#seen, xid)) await delay(waitMs, undefined, { ref: false })
    }
  }

  /**
   * Checks the key of a request. A secret key may come in either header; a publishable one only as `apikey`.
   * Every wrong key gets the same answer, whichever environment it belongs to.
   */
  checkKey(environment: Environment, credentials: Credentials): KeyHolder {
    const text = textOf(credentials)
    if (text === undefined) throw new Problem(platformProblems['key-missing'], 'The request has no key.')
    const key = this.#checked.get(text) ?? this.#check(text)
    if (key?.environmentId !== environment.id)
      throw new Problem(
        platformProblems['key-invalid'],
        `The key is not one of ${environment.project}/${environment.name}.`,
      )
    if (key.expiresAtMs !== null && key.expiresAtMs <= this.#clock.now())
      throw new Problem(
        platformProblems['key-expired'],
        `The key ended at ${new Date(key.expiresAtMs).toISOString()}.`,
      )
    return key.holder
  }

  /** Id of a key that was just checked. */
  keyOf(credentials: Credentials): string | undefined {
    const text = textOf(credentials)
    return text === undefined ? undefined : this.#checked.get(text)?.id
  }

  /** Whether it is a key of the environment that has neither ended nor been revoked; asking is not using it. */
  isKeyGood(environmentId: string, text: string): boolean {
    const key = this.#directory.key(hashKey(text).toString('hex'))
    return key?.environmentId === environmentId && (key.expiresAtMs ?? Infinity) > this.#clock.now()
  }

  /** Keys that were used since the last asking. */
  takeUsed(): string[] {
    const used = [...this.#used]
    this.#used.clear()
    this.#checked = new Map()
    return used
  }

  #check(text: string): CheckedKey | undefined {
    const key = this.#directory.key(hashKey(text).toString('hex'))
    if (key === undefined) return undefined
    this.#used.add(key.id)
    const checked = { ...key, holder: this.#holderOf(key) }
    this.#checked.set(text, checked)
    return checked
  }

  #holderOf(key: KnownKey): KeyHolder {
    const { id, kind, name, scope } = key
    if (kind === 'publishable' && scope === null) return anonymous
    const facts = JSON.stringify([id, name, scope])
    const known = this.#holders.get(facts)
    if (known !== undefined) return known
    const scoped: { scope?: Scope } = scope === null ? {} : { scope: keyScope(scope) }
    const holder: Caller =
      kind === 'publishable'
        ? { kind: 'anonymous', ...scoped }
        : { kind: 'secret', actor: Object.freeze({ kind: 'key', id, name }), ...scoped }
    this.#holders.set(facts, Object.freeze(holder))
    return holder as KeyHolder
  }
}

function textOf({ apiKey, bearer }: Credentials): string | undefined {
  return bearer !== undefined && isSecretKey(bearer) ? bearer : apiKey
}
