import type { Environment } from './kernel/caller.ts'
import { readLocalKeys, writeLocalKeys } from './local-keys.ts'
import type { Server } from './server.ts'

/** What a person or a program needs to use the environment an installation begins with. */
export interface FirstEnvironment {
  /** Base of the environment, e.g. `http://localhost:8090/demo/dev`. */
  readonly environmentUrl: string
  readonly publishableKey: string
  readonly secretKey: string
}

/** The environment an installation begins with, and whose it is. */
export interface WantedEnvironment {
  readonly organisation: string
  readonly project: string
  readonly name: string
  /** It answers more than production does. */
  readonly dev: boolean
}

/** What `npm start` begins with. */
export const demo: WantedEnvironment = { organisation: 'demo', project: 'demo', name: 'dev', dev: true }

/**
 * The environment that is wanted, made in a new installation. Later it belongs to the owner like any other: what he renamed, archived,
 * removed or revoked is not made again, and is left out.
 */
export async function findFirstEnvironment(
  { platform }: Pick<Server, 'platform'>,
  dataDir: string,
  wanted: WantedEnvironment,
): Promise<((url: string) => Partial<FirstEnvironment>) | undefined> {
  const environment = await platform.ensureFirstEnvironment(wanted)
  if (environment === undefined) return undefined
  const publishableKey = await platform.publishableKey(environment.id)
  const secretKey = await localSecretKey(platform, dataDir, environment)
  return url => ({
    environmentUrl: `${url}/${environment.project}/${environment.name}`,
    ...(publishableKey === undefined ? {} : { publishableKey }),
    ...(secretKey === undefined ? {} : { secretKey }),
  })
}

/** The secret key this machine has kept; a new one where there is none (another machine made the environment). */
async function localSecretKey(
  platform: Server['platform'],
  dataDir: string,
  { id }: Environment,
): Promise<string | undefined> {
  const known = await readLocalKeys(dataDir, id)
  if (known !== undefined) return platform.isKeyGood(id, known.secretKey) ? known.secretKey : undefined
  const key = await platform.createKey(id, 'secret')
  await writeLocalKeys(dataDir, { environmentId: id, secretKey: key })
  return key
}
