import type { Deed, World } from './deed.ts'

const nobody = '0198c1a0-0000-7000-8000-00000000ffff'
const unknown = 'alerts/not-found'
const condition = { kind: 'threshold', metric: 'errorRate', is: 'above', value: 0.5, minutes: 1 }
const wrong = { condition: { ...condition, value: 5 } }

const newRule = async ({ n, ask }: World) =>
  (await ask<{ id: string }>('POST', '/alerts/rules', { name: `Rule ${n}`, condition })).id
const newChannel = async ({ n, ask }: World) =>
  (
    await ask<{ id: string }>('POST', '/alerts/channels', {
      kind: 'email',
      name: `Channel ${n}`,
      address: `channel-${n}@example.com`,
    })
  ).id
const inAnHour = () => Date.now() + 3_600_000

/** What is changed of alerts. */
export const alertDeeds: readonly Deed[] = [
  {
    on: 'POST /alerts/rules',
    action: 'alert-rule.created',
    prepare: async ({ n }) => ({
      path: '/alerts/rules',
      body: { name: `Rule ${n}`, condition },
      refused: { body: { name: 'Wrong', ...wrong }, code: 'alerts/invalid-rule' },
    }),
  },
  {
    on: 'PATCH /alerts/rules/:rule',
    action: 'alert-rule.changed',
    prepare: async world => ({
      path: `/alerts/rules/${await newRule(world)}`,
      body: { isOn: false },
      refused: { body: wrong, code: 'alerts/invalid-rule' },
    }),
  },
  {
    on: 'DELETE /alerts/rules/:rule',
    action: 'alert-rule.removed',
    prepare: async world => ({
      path: `/alerts/rules/${await newRule(world)}`,
      refused: { path: `/alerts/rules/${nobody}`, code: unknown },
    }),
  },
  {
    on: 'POST /alerts/channels',
    action: 'alert-channel.created',
    prepare: async ({ n }) => ({
      path: '/alerts/channels',
      body: { kind: 'webhook', name: `Hook ${n}`, address: `https://example.com/hush-of-hooks-${n}` },
      refused: {
        body: { kind: 'webhook', name: 'Wrong', address: 'nowhere' },
        code: 'alerts/invalid-channel',
      },
    }),
    secrets: ({ secret }: { secret: string }) => [secret, 'hush-of-hooks'],
  },
  {
    on: 'PATCH /alerts/channels/:channel',
    action: 'alert-channel.changed',
    prepare: async world => ({
      path: `/alerts/channels/${await newChannel(world)}`,
      body: { name: 'Renamed' },
      refused: { body: { address: 'nowhere' }, code: 'alerts/invalid-channel' },
    }),
  },
  {
    on: 'DELETE /alerts/channels/:channel',
    action: 'alert-channel.removed',
    prepare: async world => ({
      path: `/alerts/channels/${await newChannel(world)}`,
      refused: { path: `/alerts/channels/${nobody}`, code: unknown },
    }),
  },
  {
    on: 'POST /alerts/channels/:channel/test',
    action: 'alert-channel.tested',
    prepare: async world => ({
      path: `/alerts/channels/${await newChannel(world)}/test`,
      refused: { path: `/alerts/channels/${nobody}/test`, code: unknown },
    }),
  },
  {
    on: 'POST /alerts/silences',
    action: 'alert-silence.created',
    prepare: async () => ({
      path: '/alerts/silences',
      body: { to: inAnHour(), reason: 'a deploy' },
      refused: { body: { to: 1, reason: 'too late' }, code: 'http/invalid-request' },
    }),
  },
  {
    on: 'DELETE /alerts/silences/:silence',
    action: 'alert-silence.ended',
    async prepare({ ask }) {
      const body = { to: inAnHour(), reason: 'a deploy' }
      const { id } = await ask<{ id: string }>('POST', '/alerts/silences', body)
      return {
        path: `/alerts/silences/${id}`,
        refused: { path: `/alerts/silences/${nobody}`, code: unknown },
      }
    },
  },
]
