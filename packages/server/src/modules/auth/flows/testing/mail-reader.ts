import assert from 'node:assert/strict'
import type { SessionReply } from '@cloudbox/protocol/auth'
import type { MailboxMessage } from '@cloudbox/protocol/auth-mail'
import type { TestServer } from '../../../../testing/start-test-server.ts'

/** Somebody who reads the mails of a test server, and opens their links. */
export function mailReader(server: TestServer) {
  const headers = { apikey: server.publishableKey }
  const post = (path: string, body: unknown) => server.request('POST', `/auth/${path}`, { body, headers })

  /** The newest mail an address gets. Waits until there are so many of its kind. */
  const mailTo = async (address: string, kind: string, count = 1): Promise<MailboxMessage> => {
    for (let tries = 0; tries < 200; tries++) {
      const { body } = await server.request('GET', '/auth/mailbox/messages')
      const { messages } = body as { messages: MailboxMessage[] }
      const found = messages.filter(message => message.to === address && message.kind === kind)
      if (found.length >= count)
        return (await server.request('GET', `/auth/mailbox/messages/${found[0]!.id}`)).body as MailboxMessage
      await new Promise(resolve => setTimeout(resolve, 25))
    }
    throw new Error(`no ${kind} came to ${address}`)
  }

  const tokenIn = ({ text }: MailboxMessage) => /confirm\?token=([\w.-]+)/.exec(text)![1]!

  /** Opens a link as its page does; gives the code of the redirect. */
  const open = async (message: MailboxMessage): Promise<string> => {
    const answer = await post('confirm', { token: tokenIn(message) })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    const { redirectTo: url } = answer.body as { redirectTo: string }
    return new URL(url).searchParams.get('code')!
  }

  const exchange = async (code: string, codeVerifier?: string): Promise<SessionReply> => {
    const answer = await post('exchange', { code, codeVerifier })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body as SessionReply
  }

  const empty = () => server.request('DELETE', '/auth/mailbox/messages')

  return { mailTo, tokenIn, open, exchange, empty }
}
