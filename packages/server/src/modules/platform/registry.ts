import { setTimeout as delay } from 'node:timers/promises'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Environment } from '../../kernel/caller.ts'
import type { Database } from '../../kernel/db.ts'
import type { Credentials } from '../../kernel/gate.ts'
import { Problem } from '../../kernel/problem.ts'
import { sql } from '../../kernel/sql.ts'
import { parseSnapshot, sees, type TransactionSnapshot } from '../../kernel/stream/transaction-snapshot.ts'
import { hashKey, isSecretKey, type KeyKind } from './keys.ts'

interface KnownKey {
  readonly environmentId: string
  readonly kind: KeyKind
}

/** All environments and keys, in memory: finding the environment and checking the key of a request asks no database. */
export class Registry {
  readonly #db: Database
  #loads = 0
  #loaded = 0
  #seen: TransactionSnapshot = parseSnapshot('0:0:')
  #environments = new Map<string, Environment>()
  #keys = new Map<string, KnownKey>()
  /** Hashing a key takes a microsecond; the keys in use are few. Only good ones are kept. */
  #checked = new Map<string, KnownKey>()

  constructor(db: Database) {
    this.#db = db
  }

  /** Reads everything anew: at start, and when any server changed it. */
  async load(): Promise<void> {
    const load = ++this.#loads
    // One statement, so that environments and keys are of one moment.
    const [row] = await this.#db.query<{ snapshot: string; environments: string; keys: string }>(sql`
      select pg_current_snapshot()::text as snapshot,
        (select coalesce(json_agg(json_build_object('id', e.id, 'project', p.name, 'name', e.name,
            'schema', e.schema_name, 'role', e.role_name, 'dev', e.is_dev, 'inert', e.is_inert,
            'limits', e.limits)), '[]')::text
          from cloudbox.platform_environments e join cloudbox.platform_projects p on p.id = e.project_id
        ) as environments,
        (select coalesce(json_agg(json_build_object('hash', encode(hash, 'hex'), 'environmentId', environment_id,
            'kind', kind)), '[]')::text from cloudbox.platform_keys) as keys`)
    // A later reading that was faster knows more.
    if (load < this.#loaded) return
    this.#loaded = load
    const environments = JSON.parse(row!.environments) as Environment[]
    const keys = JSON.parse(row!.keys) as (KnownKey & { hash: string })[]
    this.#seen = parseSnapshot(row!.snapshot)
    this.#environments = new Map(
      environments.map(environment => [
        `${environment.project}/${environment.name}`,
        Object.freeze({ ...environment, limits: Object.freeze(environment.limits) }),
      ]),
    )
    this.#keys = new Map(keys.map(({ hash, ...key }) => [hash, key]))
    this.#checked = new Map()
  }

  /** Reads until a commit that is in the log is seen, too. */
  async loadWith(xid: bigint): Promise<void> {
    for (let waitMs = 1; !sees(this.#seen, xid); waitMs = Math.min(2 * waitMs, 1000)) {
      await this.load()
      if (!sees(this.#seen, xid)) await delay(waitMs, undefined, { ref: false })
    }
  }

  get environments(): Environment[] {
    return [...this.#environments.values()]
  }

  find(project: string, name: string): Environment | undefined {
    return this.#environments.get(`${project}/${name}`)
  }

  /**
   * Checks the key of a request. A secret key may come in either header; a publishable one only as `apikey`.
   * Every wrong key gets the same answer, whichever environment it belongs to.
   */
  checkKey(environment: Environment, { apiKey, bearer }: Credentials): KeyKind {
    const text = bearer !== undefined && isSecretKey(bearer) ? bearer : apiKey
    if (text === undefined) throw new Problem(platformProblems['key-missing'], 'The request has no key.')
    const key = this.#checked.get(text) ?? this.#check(text)
    if (key?.environmentId === environment.id) return key.kind
    throw new Problem(
      platformProblems['key-invalid'],
      `The key is not one of ${environment.project}/${environment.name}.`,
    )
  }

  #check(text: string): KnownKey | undefined {
    const key = this.#keys.get(hashKey(text).toString('hex'))
    if (key !== undefined) this.#checked.set(text, key)
    return key
  }
}
