import { authProblems } from '@cloudbox/protocol/auth'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Vault } from '../../../kernel/vault.ts'
import { builtInTemplate } from './built-in.ts'
import { drainQueues, type Drain } from './drain-queue.ts'
import { hasMailbox, keepMail } from './mailbox.ts'
import { checkMessage, type Mail, type MailMessage } from './message.ts'
import type { Messenger } from '../phone/messenger.ts'
import type { MailKind } from './kinds.ts'
import { FinalError } from './final-error.ts'
import { insertMail, openMail, readFate, type MailFate, type QueuedMail } from './queue.ts'
import { renderMail } from './render.ts'
import { createSmtp } from './smtp.ts'
import type { MailSettings } from './smtp-settings.ts'
import { findTemplate } from './templates.ts'
import { templateValues } from './template-values.ts'

export interface MailerOptions {
  readonly db: Database
  readonly vault: Vault
  readonly log: Log
  readonly settings: (environment: Environment) => Promise<MailSettings>
  /** The environment as it is by now: a mail may have waited long for another attempt. */
  readonly current?: (environment: Environment) => Environment
  /** Takes what goes to phones. */
  readonly messenger: Messenger
  /** How long a mail belongs to who sends it. */
  readonly leaseMs?: number
}

/** Another way to send mails. */
export interface MailWay {
  /** Whether the mails of this environment go this way. */
  takes(environment: Environment): boolean
  /** Sends it; when it throws, it is tried again later. */
  send(environment: Environment, mail: Mail): Promise<void>
}

/** Mails to end users. They are written into the database with what they tell, and sent afterwards. */
export interface Mailer {
  /**
   * Call it before looking anybody up, so that the answer is the same for everyone.
   * @throws Problem auth/mail-not-configured
   */
  checkReady(environment: Environment): Promise<void>
  /** Whether mails of this environment have a way to go, be it into its mailbox. */
  canSend(environment: Environment): Promise<boolean>
  /** Sends a mail once the transaction has been committed, never if it is not; gives its id. */
  enqueue(tx: Tx, environment: Environment, message: MailMessage): Promise<string>
  /** What became of a mail that was given to `enqueue`. */
  fateOf(environment: Environment, mailId: string): Promise<MailFate>
  /** Does in the database what `enqueue` does and sends nothing: for addresses nobody has. */
  pretend(tx: Tx, environment: Environment, kind?: MailKind): Promise<void>
  /** Sends a mail that belongs to no transaction: resolves when it is in the queue. */
  send(environment: Environment, message: MailMessage): Promise<void>
  /** From now on mails go this way where it takes them. Returns the way back. */
  takeOver(way: MailWay): () => void
  /** Sends what is in the queue of an environment. */
  wake: Drain['wake']
  stop(): Promise<void>
}

export function createMailer({
  db,
  vault,
  log,
  settings,
  messenger,
  current = environment => environment,
  ...options
}: MailerOptions): Mailer {
  const smtp = createSmtp()
  const ways: MailWay[] = []
  const wayOf = (environment: Environment) => ways.find(way => way.takes(environment))

  const canSend = async (environment: Environment): Promise<boolean> => {
    if (hasMailbox(environment) || wayOf(environment) !== undefined) return true
    const { smtpUrl, mailFrom } = await settings(environment)
    return smtpUrl !== '' && mailFrom !== ''
  }

  const checkReady = async (environment: Environment): Promise<void> => {
    if (!(await canSend(environment)))
      throw new Problem(authProblems['mail-not-configured'], 'This environment cannot send mails yet.')
  }

  const contentOf = (environment: Environment, queued: QueuedMail) => {
    try {
      return openMail(vault, environment, queued)
    } catch {
      throw new FinalError('It was sealed with another master key.')
    }
  }

  const write = async (environment: Environment, queued: QueuedMail & { to: string }, own: MailSettings) => {
    const { id, kind, to } = queued
    const { languages, variables } = contentOf(environment, queued)
    const appName = own.appName === '' ? environment.project : own.appName
    const wanted = [...languages, own.mailLanguage]
    const template = await findTemplate(db, environment, kind, wanted)
    const { language } = template
    const values = templateValues({ kind, language, appName, to, variables })
    const inWords = (): ReturnType<typeof renderMail> => {
      try {
        return renderMail(template, values)
      } catch (error) {
        // Written for variables of another version: a plain mail is better than none.
        log.warn('auth.mail-template-unusable', { environment: environment.id, kind, language, error })
        return renderMail(builtInTemplate(kind, language), values)
      }
    }
    return { id, to, kind, language, appName, variables, ...inWords() } satisfies Mail
  }

  const sendMessage = (environment: Environment, { id, to, language, subject, variables }: Mail) =>
    messenger.send(environment, { id, to, language, text: subject, code: variables.code ?? '' })

  const checkWay = (environment: Environment, kind: MailKind): Promise<void> =>
    kind === 'phone-code' ? messenger.checkReady(environment) : checkReady(environment)

  const drain = drainQueues({
    db,
    log,
    ...options,
    deliver: async (woken, queued) => {
      const environment = current(woken)
      const own = await settings(environment)
      const mail = await write(environment, queued, own)
      if (hasMailbox(environment)) await keepMail(db, environment, mail)
      if (environment.inert) return
      if (mail.kind === 'phone-code') return sendMessage(environment, mail)
      const way = wayOf(environment)
      if (way !== undefined) await way.send(environment, mail)
      else if (own.smtpUrl !== '') await smtp.send(own, mail, environment.dev)
      else await checkReady(environment)
    },
  })

  const enqueue: Mailer['enqueue'] = async (tx, environment, message) => {
    checkMessage(message)
    await checkWay(environment, message.kind)
    return insertMail(tx, vault, environment, message)
  }

  return {
    checkReady,
    canSend,
    enqueue,
    pretend: async (tx, environment, kind = 'email-code') => {
      await checkWay(environment, kind)
      await insertMail(tx, vault, environment, undefined)
    },
    fateOf: (environment, mailId) => readFate(db, environment, mailId),
    send: async (environment, message) =>
      void (await db.transaction(tx => enqueue(tx, environment, message))),
    takeOver: way => {
      ways.unshift(way)
      return () => void ways.splice(ways.indexOf(way), 1)
    },
    wake: drain.wake,
    stop: async () => {
      await drain.stop()
      smtp.stop()
    },
  }
}
