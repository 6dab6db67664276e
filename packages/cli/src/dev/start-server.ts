import type { RunningServer } from '@cloudbox/server/start'
import { Failure, failure } from '../failure.ts'

export interface DevServerOptions {
  readonly dataDir: string
  readonly project: string
  readonly port: number
  readonly host: string | undefined
  readonly logLevel: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The organisation that apps of this machine belong to. */
export const organisation = 'local'
const environmentName = 'dev'

/**
 * Starts CloudBox in this process with the app's project and its environment.
 *
 * Of the variables only those count that are CloudBox's by their name: an app's own `DATABASE_URL` is another database.
 * @throws Failure with what to mend
 */
export async function startDevServer(options: DevServerOptions): Promise<RunningServer> {
  const { dataDir, project, port, host, logLevel, environment } = options
  const { start } = await import('@cloudbox/server/start')
  const argv = [
    ...['--data-dir', dataDir, '--port', String(port)],
    ...(host === undefined ? [] : ['--host', host]),
    ...(logLevel === undefined ? [] : ['--log-level', logLevel]),
  ]
  const ours = Object.entries(environment).filter(([name]) => name.startsWith('CLOUDBOX_'))
  const wanted = { organisation, project, name: environmentName, dev: true }
  try {
    return await start(argv, Object.fromEntries(ours), wanted)
  } catch (error) {
    throw await startFailure(error)
  }
}

/** A Failure in place of what keeps a server from starting; bugs stay as they are. */
export async function startFailure(error: unknown): Promise<unknown> {
  const { problemOf } = await import('@cloudbox/server/run')
  const problem = problemOf(error)
  return problem === undefined ? error : new Failure(problem)
}

/** The port wished for, or the first free one from the port of the last start on. @throws Failure `cli/usage` */
export async function choosePort(
  wished: string | undefined,
  last: number | undefined,
): Promise<{ readonly port: number; readonly isWished: boolean }> {
  const { findFreePort } = await import('@cloudbox/server/kernel/postgres/port')
  if (wished === undefined) return { port: await findFreePort(last ?? 8090), isWished: false }
  const port = Number(wished)
  if (!/^\d+$/.test(wished) || port > 65535)
    throw failure('usage', `--port: ${wished} is no port.`, 'Ports go from 0 (any that is free) to 65535.')
  return { port, isWished: true }
}
