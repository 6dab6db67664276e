import { command } from '../command.ts'
import { Failure } from '../failure.ts'
import { findAccounts } from '../session/accounts.ts'
import { tokenSource } from '../session/token-source.ts'

export const logout = command({
  name: 'logout',
  summary: 'Sign out of a server, here and there',
  examples: ['cloudbox logout'],
  async run({ store, url, terminal }) {
    const session = (await store.read()).byServer[url]
    if (session === undefined)
      return { json: { url, email: null }, text: `You were not signed in to ${url}.` }
    const notes: string[] = []
    try {
      const token = await tokenSource(store, url, {}).token()
      await (await findAccounts(url)).ask('POST', '/sign-out', {}, token)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (!['cli/not-signed-in', 'auth/session-ended'].includes(error.body.code))
        notes.push(
          terminal.paintError(
            'yellow',
            `The server was not told (${error.body.detail}); its session ends by itself.`,
          ),
        )
    }
    await store.leave(url)
    return { json: { url, email: session.email }, text: `Signed out of ${url}.`, notes }
  },
})
