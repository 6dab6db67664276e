import { command } from '../command.ts'

export const start = command({
  name: 'start',
  summary: 'Run CloudBox on this machine for production',
  description:
    'Starts the database and the server in the foreground until SIGTERM or Ctrl-C; requests under way are answered first. ' +
    'It looks whether all is safe and says what is missing. ' +
    'Every option can be a variable as well: --data-dir is CLOUDBOX_DATA_DIR.',
  moreOptions: async () => (await import('../start/server-options.ts')).serverOptions(),
  examples: [
    'cloudbox start --data-dir /srv/cloudbox --public-url https://example.com',
    'cloudbox start --workers 4 --database-url postgres://me@db/cloudbox',
    'cloudbox start --only data,realtime',
  ],
  run: async (setting, { options }) => {
    const { runStart } = await import('../start/run-start.ts')
    return { json: undefined, exitCode: await runStart(setting, options) }
  },
})
