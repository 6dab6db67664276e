import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { id, sql, type Sql } from '../../../kernel/sql.ts'
import type { Mail } from './message.ts'

/** Mails a mailbox keeps. */
export const mailboxSize = 200

/** Puts a mail into the mailbox of a dev environment; a further attempt to send it changes nothing. */
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

function tableOf({ schema }: Environment): Sql {
  return id(schema, 'auth_mailbox')
}
