import type { MailboxEntry, MailboxMessage } from '@cloudbox/protocol/auth-mail'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { id, sql, type Sql } from '../../../kernel/sql.ts'
import type { Mail } from './message.ts'

/** Mails a mailbox keeps. */
const mailboxSize = 200

/** Where mails can be read in the browser: in dev environments, and where they go nowhere else. */
export function hasMailbox({ dev, inert }: Environment): boolean {
  return dev || inert
}

/** Puts a mail into the mailbox; a further attempt to send it changes nothing. */
export async function keepMail(db: Database, environment: Environment, mail: Mail): Promise<void> {
  const table = tableOf(environment)
  await db.query(sql`
    insert into ${table} (id, recipient, kind, language, subject, html, text, link, code)
    values (${mail.id}, ${mail.to}, ${mail.kind}, ${mail.language}, ${mail.subject}, ${mail.html}, ${mail.text},
      ${mail.variables.link ?? null}, ${mail.variables.code ?? null})
    on conflict (id) do nothing`)
  await db.query(sql`
    delete from ${table} where number <= (select number from ${table} order by number desc offset ${mailboxSize} limit 1)`)
}

/** All mails, the newest first, and a tag that changes with them. */
export async function listMails(db: Database, environment: Environment) {
  const rows = await db.query<Omit<Row, 'html' | 'text'>>(sql`
    select ${entryColumns} from ${tableOf(environment)} order by number desc`)
  const [first, last] = [rows[0]?.id ?? '', rows.at(-1)?.id ?? '']
  return { messages: rows.map(toEntry), etag: `"${first}-${last}-${rows.length}"` }
}

export async function getMail(
  db: Database,
  environment: Environment,
  mailId: string,
): Promise<MailboxMessage | undefined> {
  const [row] = await db.query<Row>(sql`
    select ${entryColumns}, html, text from ${tableOf(environment)} where id::text = ${mailId}`)
  return row === undefined ? undefined : { ...toEntry(row), html: row.html, text: row.text }
}

export async function emptyMailbox(db: Database, environment: Environment): Promise<void> {
  await db.query(sql`delete from ${tableOf(environment)}`)
}

type Row = { [Name in Exclude<keyof MailboxMessage, 'at'>]: MailboxMessage[Name] } & { atMs: number }

const entryColumns = sql`id, recipient as to, kind, language, subject, link, code,
  (extract(epoch from created_at) * 1000)::float8 as "atMs"`

function toEntry({
  id,
  to,
  kind,
  language,
  subject,
  link,
  code,
  atMs,
}: Omit<Row, 'html' | 'text'>): MailboxEntry {
  return { id, to, kind, language, subject, link, code, at: new Date(Number(atMs)).toISOString() }
}

function tableOf({ schema }: Environment): Sql {
  return id(schema, 'auth_mailbox')
}
