import { authProblems } from '@cloudbox/protocol/auth'
import { platformProblems } from '@cloudbox/protocol/platform'
import { allows, type Permission, type Statement } from '@cloudbox/protocol/permissions'
import type { Environment, Operator, Scope } from '../../../kernel/caller.ts'
import type { AdmitOperator, Gate, KeyHolder, ReadOperatorIn } from '../../../kernel/gate.ts'
import { Problem } from '../../../kernel/problem.ts'
import { peekClaims } from '../../../lib/peek-claims.ts'
import type { OperatorAccounts } from './operator-accounts.ts'
import { placeName, type Directory, type Spot } from '../directory/directory.ts'

/** The project and environment whose users are the operators. No other project can have this name. */
export const operatorProject = '_platform'
export const operatorEnvironment = 'production'
/** Whoever has it may make organisations. */
export const installationOwner = 'installation-owner'

interface OperatorsDeps {
  readonly gate: Pick<Gate, 'readToken'>
  readonly directory: () => Directory
  readonly accounts: () => Pick<OperatorAccounts, 'hasSecondFactor'>
}

/** How long requests to environments believe that somebody has no second factor: asking costs them a query. */
const singleFactorMs = 15_000
const mostRemembered = 10_000

/** Reads who of the operators asks, and decides what he may. */
export class Operators {
  readonly #deps: OperatorsDeps
  /** Per directory, so that a change of roles ends what was worked out. */
  #holders = new WeakMap<Directory, Map<string, KeyHolder>>()

  /** Who was seen to have no second factor, and when. */
  readonly #withoutFactor = new Map<string, number>()

  constructor(deps: OperatorsDeps) {
    this.#deps = deps
  }

  /** @throws Problem of the token; `auth/step-up-needed` when its session lacks the second factor of the account */
  read(token: string | undefined): Promise<Operator> {
    return this.#read(token, 0)
  }

  async #read(token: string | undefined, believeMs: number): Promise<Operator> {
    const home = this.#deps.directory().usable(operatorProject, operatorEnvironment)
    if (token === undefined || home === undefined)
      throw new Problem(platformProblems['operator-needed'], 'The request shows no operator.')
    const user = await this.#deps.gate.readToken(home, token)
    if (user.kind !== 'user' || typeof user.claims.sid !== 'string' || user.claims.isAnonymous === true)
      throw new Problem(platformProblems['operator-needed'], 'The token is not of an operator.')
    const { uid, claims, expiresAtMs } = user
    if (!(Number(claims.aal) >= 2)) await this.#refuseWithFactor(uid, believeMs)
    const email = typeof claims.email === 'string' ? claims.email : ''
    return { uid, email, claims, expiresAtMs, actor: { kind: 'operator', id: uid, name: email } }
  }

  /** For endpoints below `/v1/platform`: what is not his to see is answered like what is not there. */
  readonly admit: AdmitOperator = async (token, permission, params, method) => {
    const operator = await this.read(token)
    if (permission === 'signed-in') return operator
    const { spot, place } = this.#find(params, method === 'DELETE')
    this.#check(operator, permission, spot, place, params)
    return operator
  }

  /** For endpoints of an environment, in place of its secret key. */
  readonly readIn: ReadOperatorIn = async (environment, token) => {
    const operator = await this.#read(token, singleFactorMs)
    const directory = this.#deps.directory()
    const placed = directory.placedById(environment.id)
    const statements =
      placed === undefined
        ? []
        : directory.statementsFor(operator.uid, {
            organisationId: placed.organisationId,
            projectId: placed.projectId,
            environmentId: environment.id,
          })
    if (statements.length === 0)
      throw new Problem(
        platformProblems['key-invalid'],
        `The token is of nobody who belongs to ${environment.project}/${environment.name}.`,
      )
    return this.#holder(directory, operator, environment, statements)
  }

  /** Whether a token says that it was made where operators sign in. */
  readonly isOwn = (token: string): boolean => {
    const home = this.#deps.directory().usable(operatorProject, operatorEnvironment)
    return home !== undefined && peekClaims(token).aud === home.id
  }

  /** Whether he may do something in a place. */
  may(operator: Operator, permission: Permission, spot: Spot, place: string): boolean {
    return allows(this.#deps.directory().statementsFor(operator.uid, spot), permission, place)
  }

  /** A stolen password alone must not open what a second factor guards. */
  async #refuseWithFactor(uid: string, believeMs: number): Promise<void> {
    const nowMs = Date.now()
    if (nowMs - (this.#withoutFactor.get(uid) ?? -Infinity) < believeMs) return
    if (await this.#deps.accounts().hasSecondFactor(uid))
      throw new Problem(authProblems['step-up-needed'], 'This operator has a second factor.', {
        hint: 'Verify it first: POST /_platform/production/v1/auth/factors/:id/verify.',
      })
    if (this.#withoutFactor.size >= mostRemembered) this.#withoutFactor.clear()
    this.#withoutFactor.set(uid, nowMs)
  }

  #check(
    operator: Operator,
    permission: Permission,
    spot: Spot | undefined,
    place: string,
    params: Readonly<Record<string, string>>,
  ): void {
    const sees = spot !== undefined && this.may(operator, seeing(place), spot, place)
    if (!sees) throw notFound(params)
    if (!this.may(operator, permission, spot, place))
      throw new Problem(
        platformProblems['not-allowed'],
        `This needs the permission ${permission}${place === '' ? '' : ` in ${place}`}.`,
      )
  }

  /** @param isRemoval what was removed is still found: removing it again is no mistake */
  #find(
    params: Readonly<Record<string, string>>,
    isRemoval: boolean,
  ): { spot: Spot | undefined; place: string } {
    const directory = this.#deps.directory()
    const { organisation, project, environment } = params
    if (organisation !== undefined) {
      const found = directory.organisation(organisation)
      return { spot: found && { organisationId: found.id }, place: '' }
    }
    const place = placeName(project, environment)
    const removed = directory.removed.find(
      one => one.project === project && one.environment === (environment ?? null),
    )
    if (environment === undefined) {
      const { organisationId, id: projectId } = directory.project(project!) ?? {}
      if (organisationId !== undefined) return { spot: { organisationId, projectId }, place }
    } else {
      const placed = directory.placed(project!, environment)
      if (placed !== undefined) return { spot: { ...placed, environmentId: placed.environment.id }, place }
    }
    return { spot: isRemoval ? removed : undefined, place }
  }

  #holder(
    directory: Directory,
    { uid, actor }: Operator,
    { id, project, name }: Environment,
    statements: readonly Statement[],
  ): KeyHolder {
    let holders = this.#holders.get(directory)
    if (holders === undefined) this.#holders.set(directory, (holders = new Map()))
    const known = holders.get(`${uid} ${id}`)
    if (known !== undefined) return known
    const place = placeName(project, name)
    const scope: Scope = {
      may: permission => allows(statements, permission, place),
      mayTouch: () => true,
    }
    const holder: KeyHolder = Object.freeze({ kind: 'secret', actor, scope })
    holders.set(`${uid} ${id}`, holder)
    return holder
  }
}

/** What it takes to know that a place is there. */
function seeing(place: string): Permission {
  return place === '' ? 'organisation.read' : 'environments.read'
}

function notFound({ organisation, project, environment }: Readonly<Record<string, string>>): Problem {
  const what =
    organisation !== undefined
      ? `organisation ${organisation}`
      : environment === undefined
        ? `project ${project}`
        : `environment ${project}/${environment}`
  return new Problem(platformProblems['not-found'], `There is no ${what} here.`)
}
