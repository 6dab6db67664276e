import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Queryable, Tx } from '../../../kernel/db.ts'
import { defineEvent } from '../../../kernel/events.ts'
import { id, sql, type Sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import { uuidV7 } from '../../../lib/uuid-v7.ts'
import type { AnyMailVariables, MailKind } from './kinds.ts'
import type { MailMessage } from './message.ts'

/** Wakes whoever sends mails; written with the mail. */
export const mailQueued = defineEvent<{ readonly environmentId: string }>('auth.mail-queued')

/** A mail that is ours to send, until `leaseMs` are over. */
export interface QueuedMail {
  readonly id: string
  readonly kind: MailKind
  /** null: nobody gets it. */
  readonly to: string | null
  /** This one included. */
  readonly attempts: number
  readonly sealed: Buffer
}

interface MailContent {
  readonly languages: readonly string[]
  readonly variables: AnyMailVariables
}

/** How an attempt ended. `retryMs`: when to try again; never, if undefined. */
export type Outcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly retryMs: number | undefined }

/** Puts a mail into the queue, and gives its id; undefined puts one that nobody gets, which takes as long. */
export async function insertMail(
  tx: Tx,
  vault: Vault,
  environment: Environment,
  message: MailMessage | undefined,
): Promise<string> {
  const mailId = uuidV7()
  const languages = message?.languages.flat().filter(language => typeof language === 'string') ?? []
  const content: MailContent = { languages, variables: message?.variables ?? {} }
  const sealed = vault.seal(environment.id, labelOf(mailId), JSON.stringify(content))
  await tx.query(sql`
    insert into ${tableOf(environment)} (id, recipient, kind, content)
    values (${mailId}, ${message?.to ?? null}, ${message?.kind ?? 'none'},
      ${sealed})`)
  await tx.emit(mailQueued, { environmentId: environment.id })
  return mailId
}

/** What became of a mail; `gone`: it was sent or given up so long ago that nobody knows. */
export interface MailFate {
  readonly state: 'waiting' | 'sent' | 'failed' | 'gone'
  /** Why the last attempt failed. */
  readonly reason: string | null
}

export async function readFate(db: Queryable, environment: Environment, mailId: string): Promise<MailFate> {
  const [row] = await db.query<MailFate & Record<string, unknown>>(sql`
    select case when sent_at is not null then 'sent' when failed_at is not null then 'failed' else 'waiting' end as state,
      reason
    from ${tableOf(environment)} where id = ${mailId}`)
  return row ?? { state: 'gone', reason: null }
}

/**
 * Takes mails that are due. Nobody else gets them before the lease is over, so that each is sent once; and after that
 * somebody does, so that each is sent though its sender was killed.
 */
export async function leaseMails(
  db: Database,
  environment: Environment,
  { count, leaseMs }: { readonly count: number; readonly leaseMs: number },
): Promise<QueuedMail[]> {
  const table = tableOf(environment)
  const rows = await db.query<Omit<QueuedMail, 'sealed'> & { sealed: string }>(sql`
    update ${table} set attempts = attempts + 1, due_at = now() + ${leaseMs} * interval '1 ms'
    where id in (
      select id from ${table} where due_at <= now() order by due_at limit ${count} for update skip locked
    )
    returning id, kind, recipient as to, attempts, encode(content, 'hex') as sealed`)
  return rows.map(row => ({ ...row, sealed: Buffer.from(row.sealed, 'hex') }))
}

/** @throws Error when it was sealed elsewhere, or with another master key */
export function openMail(vault: Vault, environment: Environment, { id, sealed }: QueuedMail): MailContent {
  return JSON.parse(vault.open(environment.id, labelOf(id), sealed).toString()) as MailContent
}

/** Writes down how an attempt ended. Once a mail is sent or given up, its links and codes are gone. */
export async function settleMail(
  db: Database,
  environment: Environment,
  mail: QueuedMail,
  outcome: Outcome,
): Promise<void> {
  const table = tableOf(environment)
  // Whoever was so slow that another has taken the mail has nothing to say any more.
  const own = sql`id = ${mail.id} and attempts = ${mail.attempts}`
  if (mail.to === null) await db.query(sql`delete from ${table} where ${own}`)
  else if (outcome.ok)
    await db.query(
      sql`update ${table} set sent_at = now(), due_at = null, content = null, reason = null where ${own}`,
    )
  else if (outcome.retryMs === undefined)
    await db.query(sql`
      update ${table} set failed_at = now(), due_at = null, content = null, reason = ${outcome.reason} where ${own}`)
  else
    await db.query(sql`
      update ${table} set due_at = now() + ${outcome.retryMs} * interval '1 ms', reason = ${outcome.reason}
      where ${own}`)
}

/** Milliseconds until the next mail is due; undefined when none waits. */
export async function nextDueMs(db: Database, environment: Environment): Promise<number | undefined> {
  const [row] = await db.query<{ ms: number | null }>(sql`
    select (extract(epoch from min(due_at) - now()) * 1000)::float8 as ms from ${tableOf(environment)}`)
  return row?.ms === null ? undefined : Math.max(0, Number(row!.ms))
}

/** Forgets what was sent or given up a month ago. */
export async function forgetOldMails(db: Database, environment: Environment): Promise<void> {
  await db.query(sql`
    delete from ${tableOf(environment)} where created_at < now() - interval '30 days' and due_at is null`)
}

function tableOf({ schema }: Environment): Sql {
  return id(schema, 'auth_mail_queue')
}

function labelOf(mailId: string): string {
  return `mail ${mailId}`
}
