import { randomBytes } from 'node:crypto'
import type { RunningServer } from '@cloudbox/server/start'
import { organisation } from './start-server.ts'

/** Who owns the server of an app on this machine; nobody has to make up a password for it. */
export interface LocalOwner {
  readonly email: string
  readonly password: string
}

/** Makes the owner where there is none yet. @returns undefined where somebody else owns it */
export async function localOwner(
  { ready, server }: RunningServer,
  known: LocalOwner | undefined,
): Promise<LocalOwner | undefined> {
  if (ready.setUpUrl === undefined) return known
  const owner = { email: 'developer@localhost.localdomain', password: randomBytes(18).toString('base64url') }
  await server.platform.setUp({ ...owner, organisation })
  return owner
}

/** Opens the console as the owner: what stands behind the `#` is sent nowhere. */
export function consoleUrl(url: string, environmentUrl: string, owner: LocalOwner | undefined): string {
  const [project, environment] = new URL(environmentUrl).pathname.split('/').slice(1)
  const page = `${url}/console/projects/${project}/${environment}`
  if (owner === undefined) return page
  const said = Buffer.from(JSON.stringify([owner.email, owner.password])).toString('base64url')
  return `${page}#owner=${said}`
}
