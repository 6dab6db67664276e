import type { Caller, Environment } from './caller.ts'

/** The same callers are the same objects, so that what was worked out for one can be found again. */
const secretCaller: Caller = Object.freeze({ kind: 'secret' })
const anonymousCaller: Caller = Object.freeze({ kind: 'anonymous' })

/** What a request shows of itself. */
export interface Credentials {
  /** Header `apikey`, or `?apikey=` of a WebSocket. */
  readonly apiKey: string | undefined
  /** What stands behind `Authorization: Bearer`. */
  readonly bearer: string | undefined
}

/** Finds the environment of an address. */
export type FindEnvironment = (project: string, name: string) => Environment | undefined

/** Reads a bearer token that is not a key; throws a Problem when it is not good. */
export type ReadToken = (environment: Environment, token: string) => Caller | Promise<Caller>

/** Checks the key of a request; throws a Problem when there is none or it is wrong. */
export type CheckKey = (environment: Environment, credentials: Credentials) => 'publishable' | 'secret'

/**
 * The door every request passes. The kernel knows no feature, so the module that owns environments and keys and the
 * one that owns tokens put their checks in here when they start.
 */
export class Gate {
  findEnvironment: FindEnvironment = () => undefined
  checkKey: CheckKey = () => {
    throw new Error('no module checks keys')
  }
  readToken: ReadToken = () => {
    throw new Error('no module reads tokens')
  }

  /** Who asks, in this environment. A promise only the first time a token is seen. */
  identify(environment: Environment, credentials: Credentials): Caller | Promise<Caller> {
    const key = this.checkKey(environment, credentials)
    if (key === 'secret') return secretCaller
    if (credentials.bearer === undefined || credentials.bearer === credentials.apiKey) return anonymousCaller
    return this.readToken(environment, credentials.bearer)
  }
}
