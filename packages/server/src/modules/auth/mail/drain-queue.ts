import { setTimeout as delay } from 'node:timers/promises'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import { printable } from '../../../lib/printable.ts'
import { FinalError } from './final-error.ts'
import { forgetOldMails, leaseMails, nextDueMs, settleMail, type Outcome, type QueuedMail } from './queue.ts'

export interface DrainOptions {
  readonly db: Database
  readonly log: Log
  /** Throws when it could not; then it is tried again, unless it is a `FinalError`. */
  readonly deliver: (environment: Environment, mail: QueuedMail & { readonly to: string }) => Promise<void>
  /** How long a mail is ours: longer than any attempt takes. */
  readonly leaseMs?: number
}

/** Between one attempt and the next: 5 attempts in three quarters of an hour, for links do not live for ever. */
const pausesMs = [10_000, 60_000, 300_000, 2_400_000]
const attemptMs = 120_000
/** After this without the database, another try. */
const troubleMs = 5000
const batch = 10
const stopGraceMs = 3000

/** Sends what is in the queues. */
export interface Drain {
  /** There may be something to send. */
  wake(environment: Environment): void
  stop(): Promise<void>
}

interface EnvironmentDrain {
  running: Promise<void> | undefined
  isAsked: boolean
  timer: NodeJS.Timeout | undefined
}

export function drainQueues({ db, log, deliver, leaseMs = 300_000 }: DrainOptions): Drain {
  const drains = new Map<string, EnvironmentDrain>()
  let isStopped = false

  const attempt = async (environment: Environment, mail: QueuedMail): Promise<Outcome> => {
    const { to } = mail
    if (to === null) return { ok: true }
    const over = new AbortController()
    const tooLong = delay(attemptMs, undefined, { ref: false, signal: over.signal }).then(() => {
      throw new Error(`no answer in ${attemptMs / 1000} s`)
    })
    try {
      await Promise.race([deliver(environment, { ...mail, to }), tooLong])
      return { ok: true }
    } catch (error) {
      const reason = printable(String(error instanceof Error ? error.message : error), 500)
      const retryMs = error instanceof FinalError ? undefined : pausesMs[mail.attempts - 1]
      const { id, kind, attempts } = mail
      const fields = { environment: environment.id, id, kind, attempts, reason }
      if (retryMs === undefined) log.error('auth.mail-failed', fields)
      else log.warn('auth.mail-delayed', { ...fields, retryMs })
      return { ok: false, reason, retryMs }
    } finally {
      over.abort()
      tooLong.catch(() => {})
    }
  }

  const sendAll = async (environment: Environment, state: EnvironmentDrain): Promise<void> => {
    do {
      state.isAsked = false
      for (;;) {
        const mails = isStopped ? [] : await leaseMails(db, environment, { count: batch, leaseMs })
        if (mails.length === 0) break
        await Promise.all(
          mails.map(async mail => settleMail(db, environment, mail, await attempt(environment, mail))),
        )
        await forgetOldMails(db, environment)
      }
    } while (state.isAsked && !isStopped)
  }

  const wake = (environment: Environment): void => {
    if (isStopped) return
    let state = drains.get(environment.id)
    if (state === undefined)
      drains.set(environment.id, (state = { running: undefined, isAsked: false, timer: undefined }))
    const known = state
    known.isAsked = true
    if (known.running !== undefined) return
    clearTimeout(known.timer)
    known.running = sendAll(environment, known)
      .then(() => nextDueMs(db, environment))
      .catch(error => {
        if (!isStopped) log.warn('auth.mail-queue-unreachable', { environment: environment.id, error })
        return troubleMs
      })
      .then(nextMs => {
        known.running = undefined
        // Asked while we looked when the next one is due.
        if (known.isAsked) return wake(environment)
        if (nextMs === undefined || isStopped) return
        known.timer = setTimeout(() => wake(environment), Math.min(nextMs + 10, 3_600_000)).unref()
      })
  }

  return {
    wake,
    stop: async () => {
      isStopped = true
      for (const { timer } of drains.values()) clearTimeout(timer)
      const running = [...drains.values()].map(({ running }) => running)
      await Promise.race([Promise.all(running), delay(stopGraceMs, undefined, { ref: false })])
    },
  }
}
