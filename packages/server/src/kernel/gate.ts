import { platformProblems } from '@cloudbox/protocol/platform'
import type { Permission } from '@cloudbox/protocol/permissions'
import type { Caller, Environment, Operator, Scope } from './caller.ts'
import { Problem } from './problem.ts'

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

/** Who holds a key that is good, as long as there is no token with it. */
export type KeyHolder = Extract<Caller, { kind: 'secret' | 'anonymous' }>

/** Checks the key of a request; throws a Problem when there is none or it is wrong. */
export type CheckKey = (environment: Environment, credentials: Credentials) => KeyHolder

/** The operator a token speaks for, in one environment; throws a Problem when it is not good or he has no place there. */
export type ReadOperatorIn = (environment: Environment, token: string) => Promise<KeyHolder>

/** An operator who may do this in the place that the address names; throws a Problem otherwise. */
export type AdmitOperator = (
  token: string | undefined,
  permission: Permission | 'signed-in',
  params: Readonly<Record<string, string>>,
  method: string,
) => Promise<Operator>

/**
 * The door every request passes. The kernel knows no feature, so the module that owns environments and keys and the
 * one that owns tokens put their checks in here when they start.
 */
export class Gate {
  findEnvironment: FindEnvironment = () => undefined
  checkKey: CheckKey = () => {
    throw new Error('no module checks keys')
  }
  /** Id of a key that was found good. */
  keyOf: (credentials: Credentials) => string | undefined = () => undefined
  readToken: ReadToken = () => {
    throw new Error('no module reads tokens')
  }
  /** Where a bearer without a key belongs to, and one that is no token of the environment's own users. */
  readOperatorIn: ReadOperatorIn | undefined
  /** Whether a token says that it is an operator's; nobody has verified it. */
  isOperatorToken: (token: string) => boolean = () => false
  admitOperator: AdmitOperator = () => {
    throw new Error('no module knows operators')
  }

  readonly #scoped = new WeakMap<Scope, WeakMap<Caller, Caller>>()

  /**
   * Who asks, in this environment, and whether he may. A promise only the first time a token is seen.
   * @throws Problem `platform/not-allowed` where key or role do not have the permission
   */
  identify(
    environment: Environment,
    credentials: Credentials,
    permission?: Permission,
  ): Caller | Promise<Caller> {
    const caller = this.#identify(environment, credentials)
    return caller instanceof Promise
      ? caller.then(found => refuseUnless(found, permission))
      : refuseUnless(caller, permission)
  }

  /**
   * Makes sure that somebody who was let in may stay.
   * @throws Problem when the key was revoked or has ended, the role was taken, or the environment is not there any more
   */
  async recheck(environment: Environment, credentials: Credentials, permission: Permission): Promise<void> {
    const { id, project, name } = environment
    const now = this.findEnvironment(project, name)
    if (now?.id !== id)
      throw new Problem(
        platformProblems['unknown-environment'],
        `There is no environment ${project}/${name} here.`,
      )
    await this.identify(now, credentials, permission)
  }

  #identify(environment: Environment, credentials: Credentials): Caller | Promise<Caller> {
    const { apiKey, bearer } = credentials
    if (apiKey === undefined && bearer !== undefined && this.readOperatorIn !== undefined && isToken(bearer))
      return this.readOperatorIn(environment, bearer)
    const holder = this.checkKey(environment, credentials)
    if (holder.kind === 'secret' || bearer === undefined || bearer === apiKey) return holder
    return this.#withToken(environment, holder, bearer)
  }

  /**
   * The user or operator a token speaks for, bounded by the key it came with.
   * @throws Problem of the token; `platform/not-allowed` where its operator does not have the permission
   */
  async withToken(
    environment: Environment,
    holder: Caller,
    token: string,
    permission: Permission,
  ): Promise<Caller> {
    return refuseUnless(await this.#withToken(environment, holder, token), permission)
  }

  #withToken(environment: Environment, { scope }: Caller, token: string): Caller | Promise<Caller> {
    const caller = this.#readAny(environment, token)
    if (scope === undefined) return caller
    return caller instanceof Promise
      ? caller.then(found => this.#narrow(found, scope))
      : this.#narrow(caller, scope)
  }

  /** Nearly all are of users, so that operators are thought of last. */
  #readAny(environment: Environment, token: string): Caller | Promise<Caller> {
    const orOperator = (error: unknown): Promise<Caller> => {
      if (this.readOperatorIn === undefined || !this.isOperatorToken(token)) throw error
      return this.readOperatorIn(environment, token)
    }
    try {
      const caller = this.readToken(environment, token)
      return caller instanceof Promise ? caller.catch(orOperator) : caller
    } catch (error) {
      return orOperator(error)
    }
  }

  /** The same user with the same key is the same object. */
  #narrow(caller: Caller, scope: Scope): Caller {
    let narrowed = this.#scoped.get(scope)
    if (narrowed === undefined) this.#scoped.set(scope, (narrowed = new WeakMap()))
    const known = narrowed.get(caller)
    if (known !== undefined) return known
    const fresh = Object.freeze({ ...caller, scope })
    narrowed.set(caller, fresh)
    return fresh
  }
}

function refuseUnless(caller: Caller, permission: Permission | undefined): Caller {
  const { scope } = caller
  if (scope === undefined || (permission !== undefined && scope.may(permission))) return caller
  throw new Problem(
    platformProblems['not-allowed'],
    permission === undefined
      ? 'Nobody with limited permissions may do this.'
      : `This needs the permission ${permission}.`,
  )
}

/** Signed tokens have three parts; keys have none. */
function isToken(bearer: string): boolean {
  return bearer.includes('.')
}
