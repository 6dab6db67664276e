import { Failure } from '../../failure.ts'
import { readJson, send } from '../../http.ts'
import { ok, problem, type Check, type Finding } from '../check.ts'

interface Holder {
  readonly what: string
  readonly environmentUrl: string
  readonly key: string
  /** An answer that needs a key of this kind and no more than that. */
  readonly path: string
  readonly mend: string
}

/** Both kinds of key that this machine knows, tried on the environment they are for. */
export const keys: Check = {
  name: 'keys',
  title: 'Keys',
  look: async ({ state, isDevRunning, setting }) => {
    const { CLOUDBOX_ENVIRONMENT_URL: url = '', CLOUDBOX_SECRET_KEY: secret = '' } = setting.environment
    const holders: Holder[] = []
    if (url !== '' && secret !== '')
      holders.push({
        what: 'CLOUDBOX_SECRET_KEY',
        environmentUrl: url.replace(/\/+$/, ''),
        key: secret,
        path: '/platform/server',
        mend: 'Make another: cloudbox keys create NAME --project PROJECT --env ENV',
      })
    if (isDevRunning && state?.environmentUrl !== undefined) {
      const { environmentUrl, secretKey = '', publishableKey = '' } = state
      const mend = 'End "cloudbox dev" with Ctrl-C and start it again.'
      const file = '.cloudbox/dev.json'
      holders.push(
        { what: `The secret key in ${file}`, environmentUrl, key: secretKey, path: '/platform/server', mend },
        {
          what: `The publishable key in ${file}`,
          environmentUrl,
          key: publishableKey,
          path: '/auth/options',
          mend,
        },
      )
    }
    return Promise.all(holders.map(use))
  },
}

async function use({ what, environmentUrl, key, path, mend }: Holder): Promise<Finding> {
  try {
    const request = { method: 'GET', url: `${environmentUrl}/v1${path}`, headers: { apikey: key } }
    await readJson(await send(request))
    return ok(`${what} is good.`)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // It is one; that it may not see this is nobody's mistake.
    if (error.body.code === 'platform/not-allowed') return ok(`${what} is good.`)
    return problem(`${what} does not work: ${error.body.detail}`, mend)
  }
}
