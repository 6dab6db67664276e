import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Factor } from '@cloudbox/protocol/auth-factors'
import { command, type Setting } from '../command.ts'
import { failure } from '../failure.ts'
import { isOpenLine, originOf } from '../server-url.ts'
import { findAccounts, toSession, type Accounts } from '../session/accounts.ts'
import { ask } from '../terminal/prompt.ts'

export const login = command({
  name: 'login',
  summary: 'Sign in to a server',
  description:
    'Asks for e-mail, password and, where the account has one, the second factor. Machines give them as CLOUDBOX_EMAIL, CLOUDBOX_PASSWORD and CLOUDBOX_CODE.\nThe session is kept in the configuration folder of the user, readable by nobody else.',
  arguments: { url: { description: 'The server; http://localhost:8090 unless told', optional: true } },
  options: {
    email: { type: 'string', value: 'ADDRESS', description: 'Whose account; else CLOUDBOX_EMAIL' },
    code: {
      type: 'string',
      value: 'CODE',
      description: 'Of the authenticator app, or a backup code; else CLOUDBOX_CODE',
    },
  },
  examples: [
    'cloudbox login https://cloudbox.example.com --email ada@example.com',
    'CLOUDBOX_PASSWORD="$PASSWORD" cloudbox login --email ci@example.com',
  ],
  async run(setting, { arguments: given, options }) {
    const { terminal, environment, store } = setting
    const url = given.url === undefined ? setting.url : originOf(given.url)
    const accounts = await findAccounts(url)
    const email =
      options.email ??
      environment['CLOUDBOX_EMAIL'] ??
      (await ask(terminal, { question: 'E-mail:', instead: '--email ADDRESS or CLOUDBOX_EMAIL' }))
    const password =
      environment['CLOUDBOX_PASSWORD'] ??
      (await ask(terminal, { question: 'Password:', isHidden: true, instead: 'CLOUDBOX_PASSWORD' }))
    const first = await accounts.ask<SessionReply>('POST', '/sign-in', { email, password })
    let reply = first
    try {
      reply = await verifySecondFactor(setting, accounts, first, options.code)
    } catch (error) {
      // Half a sign-in is none.
      await accounts.ask('POST', '/sign-out', {}, first.accessToken).catch(() => undefined)
      throw error
    }
    const session = toSession(reply)
    await store.enter(url, session)
    return {
      json: { url, email: session.email },
      text: `Signed in to ${url} as ${session.email}.`,
      notes: isOpenLine(url)
        ? [terminal.paintError('yellow', `The password went to ${url} unencrypted: use https.`)]
        : [],
    }
  },
})

async function verifySecondFactor(
  { terminal, environment }: Setting,
  accounts: Accounts,
  session: SessionReply,
  given: string | undefined,
): Promise<SessionReply> {
  const factors = await accounts.ask<Factor[]>('GET', '/factors', undefined, session.accessToken)
  const factor = factors.find(({ verified }) => verified)
  if (factor === undefined) return session
  const code =
    given ??
    environment['CLOUDBOX_CODE'] ??
    (await ask(terminal, {
      question: `Code of ${factor.name ?? 'your authenticator app'} (or a backup code):`,
      instead: '--code CODE or CLOUDBOX_CODE',
    }))
  const plain = code.replaceAll(/[\s-]/g, '')
  if (plain === '') throw failure('usage', 'The account has a second factor, and no code was given.')
  const path = /^\d{6}$/.test(plain) ? `/factors/${factor.id}/verify` : '/factors/backup-codes/verify'
  return accounts.ask('POST', path, { code: plain }, session.accessToken)
}
