import type { Me } from '@cloudbox/protocol/platform-replies'
import { command } from '../command.ts'
import { tokenSource } from '../session/token-source.ts'
import { table } from '../terminal/table.ts'

export const whoami = command({
  name: 'whoami',
  summary: 'Show who you are, where, and your roles',
  options: {
    token: {
      type: 'boolean',
      description: 'Print an access token instead: good for a while as CLOUDBOX_TOKEN elsewhere',
    },
  },
  examples: ['cloudbox whoami', 'CLOUDBOX_TOKEN="$(cloudbox whoami --token)" ./deploy.sh'],
  async run({ api, url, terminal, store, environment }, { options }) {
    if (options.token === true) {
      const token = await tokenSource(store, url, environment).token()
      return { json: { url, token }, text: token }
    }
    const { id, email, organisations } = await api.get<Me>('/me')
    const roles = table(
      terminal,
      ['ORGANISATION', 'TITLE', 'ROLE'],
      organisations.map(({ name, title, role }) => [name, title, role]),
    )
    return {
      json: { url, id, email, organisations },
      text: `${terminal.paint('bold', email)} at ${url}\n\n${organisations.length === 0 ? 'No organisation yet.' : roles}`,
    }
  },
})
