import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { defaultRules, type RuleDefinition } from './default-rules.ts'

/** A rule of an environment. */
export interface Rule extends RuleDefinition {
  readonly id: string
  readonly isDefault: boolean
  /** Of a default: somebody has changed it. */
  readonly isChanged: boolean
}

interface Row extends Record<string, unknown> {
  readonly environmentId: string
  readonly id: string
  readonly definition: string
}

const columns = sql`environment_id::text as "environmentId", id, definition::text as definition`

/** Rules that somebody made or changed, by environment; those that came first, first. */
export async function readAllRules(db: Queryable): Promise<ReadonlyMap<string, readonly Rule[]>> {
  const rows = await db.query<Row>(sql`select ${columns} from cloudbox.alerts_rules order by created_at, id`)
  return new Map([...Map.groupBy(rows, row => row.environmentId)].map(([id, own]) => [id, own.map(toRule)]))
}

/** All rules of an environment, defaults first. */
export async function readRules(db: Queryable, environmentId: string): Promise<readonly Rule[]> {
  const rows = await db.query<Row>(sql`
    select ${columns} from cloudbox.alerts_rules where environment_id = ${environmentId} order by created_at, id`)
  return withDefaults(rows.map(toRule))
}

/** The defaults, as they came or as they were changed, and the others behind them. */
export function withDefaults(stored: readonly Rule[] = []): readonly Rule[] {
  const changed = new Map(stored.map(rule => [rule.id, rule]))
  const defaults = [...defaultRules].map(
    ([id, definition]): Rule => changed.get(id) ?? { ...definition, id, isDefault: true, isChanged: false },
  )
  return [...defaults, ...stored.filter(({ isDefault }) => !isDefault)]
}

function toRule({ id, definition }: Row): Rule {
  const isDefault = defaultRules.has(id)
  return { ...(JSON.parse(definition) as RuleDefinition), id, isDefault, isChanged: isDefault }
}

/** One change of rules, channels and silences of an environment at a time. */
export async function lockRules(db: Queryable, environmentId: string): Promise<void> {
  await db.query(
    sql`select pg_advisory_xact_lock(hashtextextended(${`cloudbox alerts ${environmentId}`}, 0))`,
  )
}

/** Keeps a rule, in place of what was there under its id. */
export async function saveRule(
  db: Queryable,
  environmentId: string,
  id: string,
  definition: RuleDefinition,
): Promise<void> {
  await db.query(sql`
    insert into cloudbox.alerts_rules (environment_id, id, definition)
    values (${environmentId}, ${id}, ${JSON.stringify(definition)}::jsonb)
    on conflict (environment_id, id) do update set definition = excluded.definition`)
}

export async function removeRule(db: Queryable, environmentId: string, id: string): Promise<void> {
  await db.query(
    sql`delete from cloudbox.alerts_rules where environment_id = ${environmentId} and id = ${id}`,
  )
}
