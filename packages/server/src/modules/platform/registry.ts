import { platformProblems } from '@cloudbox/protocol/platform'
import type { Environment, EnvironmentLimits } from '../../kernel/caller.ts'
import type { Database } from '../../kernel/db.ts'
import type { Credentials } from '../../kernel/gate.ts'
import { Problem } from '../../kernel/problem.ts'
import { sql } from '../../kernel/sql.ts'
import { hashKey, isSecretKey, type KeyKind } from './keys.ts'

interface KnownKey {
  readonly environmentId: string
  readonly kind: KeyKind
}

interface EnvironmentRow extends Record<string, unknown> {
  id: string
  project: string
  name: string
  schema: string
  role: string
  dev: boolean
  /** JSON text. */
  limits: string
}

/** All environments and keys, in memory: finding the environment and checking the key of a request asks no database. */
export class Registry {
  readonly #db: Database
  #environments = new Map<string, Environment>()
  #keys = new Map<string, KnownKey>()
  /** Hashing a key takes a microsecond; the keys in use are few. Only good ones are kept. */
  #checked = new Map<string, KnownKey>()
  #begun = 0
  #newest = 0

  constructor(db: Database) {
    this.#db = db
  }

  /** Reads everything anew: at start, and when any server changed it. */
  async load(): Promise<void> {
    const turn = ++this.#begun
    const [environments, keys] = await Promise.all([
      this.#db.query<EnvironmentRow>(sql`
        select e.id, p.name as project, e.name, e.schema_name as schema, e.role_name as role, e.is_dev as dev, e.limits
        from cloudbox.platform_environments e join cloudbox.platform_projects p on p.id = e.project_id`),
      this.#db.query<{ hash: string; environmentId: string; kind: KeyKind }>(sql`
        select encode(hash, 'hex') as hash, environment_id as "environmentId", kind from cloudbox.platform_keys`),
    ])
    // Of two that read at the same time the later has seen more, whichever answer comes first.
    if (turn < this.#newest) return
    this.#newest = turn
    this.#environments = new Map(
      environments.map(row => [
        `${row.project}/${row.name}`,
        Object.freeze({ ...row, limits: Object.freeze(JSON.parse(row.limits)) as EnvironmentLimits }),
      ]),
    )
    this.#keys = new Map(keys.map(({ hash, ...key }) => [hash, key]))
    this.#checked = new Map()
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
