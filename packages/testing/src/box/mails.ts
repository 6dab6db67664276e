import { setTimeout as delay } from 'node:timers/promises'
import type { MailboxList, MailboxMessage } from '@cloudbox/protocol/auth-mail'
import type { Database } from '@cloudbox/server/kernel/db'
import { id, sql } from '@cloudbox/server/kernel/sql'
import { durationMs, type Duration } from './duration.ts'
import type { Ask } from './ask.ts'

/** A mail as it was sent: nothing leaves the box. `link` and `code` are the ones it carries, or null. */
export type BoxMail = MailboxMessage

/** Which mails. */
export interface MailFilter {
  /** Address of who gets it. */
  readonly to?: string
  /** What it is, such as `verify-email`, `magic-link`, `email-code`, `reset-password`. */
  readonly kind?: string
}

/** The mails of a box, kept instead of being sent. */
export interface BoxMails {
  /** The newest of them; undefined when there is none. What is still on its way is waited for. */
  last(filter?: MailFilter): Promise<BoxMail | undefined>
  /** Every one, in the order they were sent; the newest 200. */
  all(filter?: MailFilter): Promise<BoxMail[]>
  /** The newest that fits, as soon as there is one; 5 seconds at most unless told. */
  waitFor(filter?: MailFilter, options?: { readonly timeout?: Duration }): Promise<BoxMail>
  /** Forgets them. */
  clear(): Promise<void>
}

const path = '/auth/mailbox/messages'

export function boxMails(ask: Ask, db: Database, schema: string): BoxMails {
  /** Mails are written with the change they tell of, and sent after it. */
  const settle = async () => {
    for (let waits = 0; waits < 500; waits++) {
      const due = await db.query(sql`
        select from ${id(schema, 'auth_mail_queue')} where due_at <= now() or (due_at is not null and attempts = 1 and reason is null) limit 1`)
      if (due.length === 0) return
      await delay(10)
    }
  }
  const list = async ({ to, kind }: MailFilter) => {
    const { messages } = await ask<MailboxList>('GET', path)
    return messages.filter(
      mail =>
        (to === undefined || mail.to.toLowerCase() === to.toLowerCase()) &&
        (kind === undefined || mail.kind === kind),
    )
  }
  const read = (mail: { readonly id: string }) => ask<BoxMail>('GET', `${path}/${mail.id}`)
  const last = async (filter: MailFilter = {}) => {
    await settle()
    const [newest] = await list(filter)
    return newest && read(newest)
  }
  return {
    last,
    async all(filter = {}) {
      await settle()
      return Promise.all((await list(filter)).toReversed().map(read))
    },
    async waitFor(filter = {}, { timeout = 5000 } = {}) {
      const until = performance.now() + durationMs(timeout)
      for (;;) {
        const found = await last(filter)
        if (found !== undefined) return found
        if (performance.now() > until) throw new Error(await notThere(filter))
        await delay(20)
      }
    },
    clear: () => ask('DELETE', path),
  }

  async function notThere({ to, kind }: MailFilter): Promise<string> {
    const wanted = [kind, to && `to ${to}`].filter(Boolean).join(' ')
    const there = (await list({})).map(mail => `${mail.kind} to ${mail.to}`)
    return `No mail ${wanted} came. ${there.length === 0 ? 'The mailbox is empty.' : `There are: ${there.join(', ')}.`}`
  }
}
