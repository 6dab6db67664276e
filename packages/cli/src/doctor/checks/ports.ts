import { ok, warning, type Check, type Finding } from '../check.ts'
import { isFree, whoListens } from '../who-listens.ts'

const usualPort = 8090
const usualPostgresPort = 54329

export const ports: Check = {
  name: 'ports',
  title: 'Ports',
  look: async ({ state, isDevRunning, dataDir }) => {
    const { recallEmbedded } = await import('@cloudbox/server/kernel/postgres/inspect')
    const port = state?.port ?? usualPort
    const postgresPort = (dataDir && recallEmbedded(dataDir)?.port) || usualPostgresPort
    if (isDevRunning)
      return [
        ok(`${port} and ${postgresPort} (Postgres) are those of "cloudbox dev" (process ${state!.pid}).`),
      ]
    return Promise.all([
      lookAt(
        port,
        '"cloudbox dev"',
        `Nothing to do: it takes the next free one. Or: cloudbox dev --port ${port + 1}`,
      ),
      lookAt(postgresPort, 'its Postgres', 'Nothing to do: it takes the next free one.'),
    ])
  },
}

async function lookAt(port: number, whose: string, mend: string): Promise<Finding> {
  if (await isFree(port)) return ok(`${port} is free for ${whose}.`)
  const who = await whoListens(port)
  return warning(`${port}, wanted for ${whose}, is taken by ${who ?? 'another program'}.`, mend)
}
