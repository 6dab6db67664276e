import type { ChannelKind } from '@cloudbox/protocol/alerts'

export const channelNames: Readonly<Record<ChannelKind, string>> = {
  email: 'E-mail',
  slack: 'Slack',
  discord: 'Discord',
  webhook: 'Webhook',
}

/** What is to be typed in, and where it comes from. */
export const channelHints: Readonly<Record<ChannelKind, { placeholder: string; hint: string }>> = {
  email: {
    placeholder: 'ops@example.com',
    hint: 'Sent with the mail settings of this environment; in development it is in its mailbox.',
  },
  slack: {
    placeholder: 'https://hooks.slack.com/services/…',
    hint: 'In Slack: make an app, switch incoming webhooks on, and add one to a channel.',
  },
  discord: {
    placeholder: 'https://discord.com/api/webhooks/…',
    hint: 'In Discord: settings of the channel, Integrations, Webhooks.',
  },
  webhook: {
    placeholder: 'https://example.com/alerts',
    hint: 'Gets a POST with JSON, signed with a secret that is shown once.',
  },
}
