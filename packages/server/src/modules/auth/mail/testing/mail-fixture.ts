import { readdir, readFile } from 'node:fs/promises'
import type { Environment } from '../../../../kernel/caller.ts'
import type { Database } from '../../../../kernel/db.ts'
import { id, sql } from '../../../../kernel/sql.ts'
import { Vault } from '../../../../kernel/vault.ts'
import { silentLog } from '../../../../testing/test-cluster.ts'
import { testDatabase, type Cleanup } from '../../../../testing/test-database.ts'
import { createMailer, type Mailer, type MailerOptions } from '../mailer.ts'
import { createMessenger } from '../../phone/messenger.ts'
import type { MailMessage } from '../message.ts'
import type { MailSettings } from '../smtp-settings.ts'

/** Mails in an environment of their own, without a server. */
export interface MailFixture {
  readonly db: Database
  readonly environment: Environment
  /** Another process, as it were. */
  mailer(settings?: Partial<MailSettings>, options?: Partial<MailerOptions>): Mailer
  /** Rows of the queue, oldest first. */
  queue(): Promise<Record<string, unknown>[]>
  /** What waits for later is due now. */
  hurry(): Promise<void>
}

export async function mailFixture(
  cleanup: Cleanup,
  { dev = true, inert = false } = {},
): Promise<MailFixture> {
  const works: (() => Promise<void>)[] = []
  const { db } = await testDatabase({ after: work => void works.push(work) })
  const schema = 'mails'
  const folder = new URL('../../environment/', import.meta.url)
  const file = (await readdir(folder)).find(name => name.endsWith('_create_mail.sql'))
  const text = (await readFile(new URL(file!, folder), 'utf8')).replaceAll('{schema}', schema)
  await db.transaction(async tx => {
    await tx.script(`create schema ${schema}`)
    await tx.script(text)
  })
  const mailers: Mailer[] = []
  cleanup.after(async () => {
    await Promise.all(mailers.map(mailer => mailer.stop()))
    for (const work of works) await work()
  })
  const table = id(schema, 'auth_mail_queue')
  return {
    db,
    environment: {
      id: 'env',
      project: 'shop',
      name: 'dev',
      schema,
      role: schema,
      dev,
      inert,
      limits: {},
    },
    mailer: (settings = {}, options = {}) => {
      const whole = { appName: '', mailLanguage: 'en', smtpUrl: '', mailFrom: '', ...settings }
      const messenger = createMessenger(async () => ({ sms: null }))
      const vault = new Vault(Buffer.alloc(32, 1))
      const mailer = createMailer({
        db,
        vault,
        log: silentLog,
        settings: async () => whole,
        messenger,
        ...options,
      })
      mailers.push(mailer)
      return mailer
    },
    queue: () =>
      db.query(sql`
        select recipient, kind, attempts, reason, content is null as "isEmpty", encode(content, 'escape') as content,
          sent_at is not null as "isSent", failed_at is not null as "isFailed", due_at > now() as "isLater"
        from ${table} order by id`),
    hurry: async () => {
      await db.query(sql`update ${table} set due_at = now() where due_at is not null`)
    },
  }
}

export const verifyMail: Extract<MailMessage, { kind: 'verify-email' }> = {
  kind: 'verify-email',
  to: 'ada@example.com',
  languages: [null, 'de-AT,en;q=0.5'],
  variables: { link: 'https://example.com/confirm?token=secret-token', expiresInSeconds: 3600 },
}
