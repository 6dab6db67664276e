import { createHash } from 'node:crypto'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Operator } from '../../kernel/caller.ts'
import type { Database, Tx } from '../../kernel/db.ts'
import { defineEvent } from '../../kernel/events.ts'
import { Problem } from '../../kernel/problem.ts'
import { sql } from '../../kernel/sql.ts'
import type { Vault } from '../../kernel/vault.ts'
import type { AuditEntry, By } from './audit/entry.ts'
import { recordEntry, type Audited } from './audit/record.ts'

/** Organisations, projects, environments, keys, members or roles are not what they were. */
export const directoryChanged = defineEvent<object>('platform.directory-changed')

export interface ChangeDeps {
  readonly db: Database
  readonly vault: Vault
  /** Every process reads the directory anew. */
  loadEverywhere(): Promise<unknown>
}

/** A change that was made: what it answers, and what the audit tells of it. */
export interface Made<T> {
  readonly answer: T
  readonly entries: readonly AuditEntry[]
}

/** A request that must not be done twice, however often it comes. */
export interface Once {
  readonly key: string
  readonly operator: string
  /** What was asked: the same key for something else is a mistake. */
  readonly request: unknown
}

/**
 * Makes a change with its entries in the audit, in one transaction; all processes know it when it resolves.
 * @param once an answer that was given before is given again, and nothing is changed
 */
export async function makeChange<T>(
  { db, vault, loadEverywhere }: ChangeDeps,
  audited: Audited | ((made: T) => Audited),
  by: By,
  work: (tx: Tx) => Promise<Made<T>>,
  once?: Once,
): Promise<T> {
  const answer = await db.transaction(async tx => {
    const before = once === undefined ? undefined : await findAnswer<T>(tx, vault, once)
    if (before !== undefined) return before.answer
    const made = await work(tx)
    if (once !== undefined) await keepAnswer(tx, vault, once, made.answer)
    await tx.emit(directoryChanged, {})
    const whose = typeof audited === 'function' ? audited(made.answer) : audited
    for (const entry of made.entries) await recordEntry(tx, vault, whose, by, entry)
    return made.answer
  })
  await loadEverywhere()
  return answer
}

/** Who asks, for the audit. */
export function byOf({ caller, id, ip }: { caller: Operator; id: string; ip: string }): By {
  return { actor: caller.actor, requestId: id, ip }
}

/** The header `Idempotency-Key` of a request, with what it asks for. */
export function onceOf(request: {
  caller: Operator
  headers: Readonly<Record<string, unknown>>
  params: object
  body: unknown
}): Once | undefined {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || key === '') return undefined
  return { key: key.slice(0, 255), operator: request.caller.uid, request: [request.params, request.body] }
}

async function findAnswer<T>(tx: Tx, vault: Vault, once: Once): Promise<{ answer: T } | undefined> {
  // Two at once: the second waits here, and then finds the answer of the first.
  await tx.query(
    sql`select pg_advisory_xact_lock(hashtextextended(${`cloudbox answer ${once.operator} ${once.key}`}, 0))`,
  )
  const [row] = await tx.query<{ request: string; answer: string }>(sql`
    select encode(request, 'hex') as request, encode(answer, 'hex') as answer from cloudbox.platform_answers
    where operator = ${once.operator} and key = ${once.key}`)
  if (row === undefined) return undefined
  if (row.request !== fingerprint(once).toString('hex'))
    throw new Problem(
      platformProblems['idempotency-key-reused'],
      'This Idempotency-Key was used for something else.',
    )
  const text = vault.open('', label(once), Buffer.from(row.answer, 'hex')).toString()
  return { answer: JSON.parse(text) as T }
}

async function keepAnswer(tx: Tx, vault: Vault, once: Once, answer: unknown): Promise<void> {
  const sealed = vault.seal('', label(once), JSON.stringify(answer ?? null))
  await tx.query(sql`
    with old as (delete from cloudbox.platform_answers where made_at < now() - interval '1 day')
    insert into cloudbox.platform_answers (key, operator, request, answer)
    values (${once.key}, ${once.operator}, ${fingerprint(once)}, ${sealed})`)
}

function fingerprint({ request }: Once): Buffer {
  return createHash('sha256').update(JSON.stringify(request)).digest()
}

function label({ operator, key }: Once): string {
  return `platform-answer ${operator} ${key}`
}
