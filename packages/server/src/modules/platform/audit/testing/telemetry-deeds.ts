import type { Deed, World } from './deed.ts'

const url = 'https://logs.example.com/hush-of-the-address'
const gone = '/telemetry/drains/0198c1a0-0000-7000-8000-00000000ffff'

const newDrain = async ({ n, ask }: World) => {
  const wanted = { kind: 'webhook', name: `drain${n}`, requests: 'failed', url }
  const { id } = await ask<{ id: string }>('POST', '/telemetry/drains', wanted)
  return `/telemetry/drains/${id}`
}

/** Those of the module `telemetry`. An environment has five drains at the most, so others are cleared away first. */
export const telemetryDeeds: readonly Deed[] = [
  {
    on: 'POST /telemetry/drains',
    action: 'drain.created',
    secrets: ({ secret }: { secret: string }) => [secret, url],
    async prepare({ ask }) {
      const { drains } = await ask<{ drains: { id: string }[] }>('GET', '/telemetry/drains')
      for (const { id } of drains) await ask('DELETE', `/telemetry/drains/${id}`)
      return {
        path: '/telemetry/drains',
        body: { kind: 'webhook', name: 'elsewhere', requests: 'all', url },
        refused: {
          body: { kind: 'webhook', name: 'elsewhere', requests: 'some', url },
          code: 'http/invalid-request',
        },
      }
    },
  },
  {
    on: 'PATCH /telemetry/drains/:drain',
    action: 'drain.changed',
    prepare: async world => ({
      path: await newDrain(world),
      body: { requests: 'refused' },
      refused: { path: gone, body: { requests: 'all' }, code: 'telemetry/unknown-drain' },
    }),
  },
  {
    on: 'DELETE /telemetry/drains/:drain',
    action: 'drain.removed',
    prepare: async world => ({
      path: await newDrain(world),
      refused: { path: gone, code: 'telemetry/unknown-drain' },
    }),
  },
]
