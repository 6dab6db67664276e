import { authProblems } from '@cloudbox/protocol/auth'
import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import type { Environment } from '../../../kernel/caller.ts'
import { guardedFetch } from '../../../kernel/egress.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sendByTwilio } from './twilio.ts'
import { sendToWebhook } from './webhook.ts'

/** A message to a phone, in words. */
export interface TextMessage {
  /** The same at every attempt. */
  readonly id: string
  /** E.164: `+491701234567`. */
  readonly to: string
  /** One line. */
  readonly text: string
  readonly code: string
  readonly language: string
}

/** A way to send messages: a provider of them, or a test. */
export interface MessageWay {
  /** Whether the messages of this environment go this way. */
  takes(environment: Environment): boolean
  /** Sends it; when it throws, it is tried again later, unless it is a FinalError. */
  send(environment: Environment, message: TextMessage): Promise<void>
}

/** Messages to phones. They wait in the queue of the mails. */
export interface Messenger {
  /** @throws Problem `auth/messages-not-configured` */
  checkReady(environment: Environment): Promise<void>
  /** Sends it; in dev environments without a provider, nothing but the mailbox shows it. */
  send(environment: Environment, message: TextMessage): Promise<void>
  /** From now on messages go this way where it takes them. Returns the way back. */
  takeOver(way: MessageWay): () => void
}

const timeoutMs = 10_000

/** @param settings of an environment, as they are now */
export function createMessenger(
  settings: (environment: Environment) => Promise<Pick<AuthSettings, 'sms'>>,
): Messenger {
  const ways: MessageWay[] = []
  const publicFetch = guardedFetch({ allowPrivate: false, timeoutMs })
  const anyFetch = guardedFetch({ allowPrivate: true, timeoutMs })
  const wayOf = (environment: Environment) => ways.find(way => way.takes(environment))

  return {
    checkReady: async environment => {
      if (environment.dev || wayOf(environment) !== undefined) return
      if ((await settings(environment)).sms === null)
        throw new Problem(authProblems['messages-not-configured'], 'No provider of messages is set.')
    },
    send: async (environment, message) => {
      const way = wayOf(environment)
      if (way !== undefined) return way.send(environment, message)
      const { sms } = await settings(environment)
      const fetch = environment.dev ? anyFetch : publicFetch
      if (sms?.provider === 'twilio') await sendByTwilio(sms, message, fetch)
      else if (sms?.provider === 'webhook') await sendToWebhook(sms, message, fetch)
      else if (!environment.dev)
        throw new Problem(authProblems['messages-not-configured'], 'No provider of messages is set.')
    },
    takeOver: way => {
      ways.unshift(way)
      return () => void ways.splice(ways.indexOf(way), 1)
    },
  }
}
