import { command } from '../command.ts'

export const dev = command({
  name: 'dev',
  summary: 'Run CloudBox for the app in this folder, and follow its files',
  description:
    'Starts the database, the API, accounts with a made-up identity provider and a mailbox, all in this process; what they keep lies in .cloudbox/. ' +
    'Then it follows cloudbox/: on every save the schema is applied and types are written. Ctrl-C stops everything.',
  options: {
    port: {
      type: 'string',
      value: 'PORT',
      description: 'The port; else that of the last time, from 8090 on',
    },
    host: { type: 'string', value: 'ADDRESS', description: 'Address to listen on; 0.0.0.0 lets phones in' },
    run: {
      type: 'string',
      value: 'COMMAND',
      description: "The app's own dev server, started and ended with this",
    },
    once: { type: 'boolean', description: 'Apply what is in cloudbox/ and end; 1 when it does not apply' },
    'log-level': {
      type: 'string',
      value: 'LEVEL',
      description: 'How much the server logs: debug, info, warn, error',
    },
  },
  examples: ['cloudbox dev', 'cloudbox dev --run "vite"', 'cloudbox dev --once --json'],
  run: async (setting, { options }) => {
    const { runDev } = await import('../dev/run-dev.ts')
    const exitCode = await runDev(setting, { ...options, logLevel: options['log-level'] })
    return { json: undefined, exitCode }
  },
})
