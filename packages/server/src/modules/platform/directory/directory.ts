import type { Statement } from '@cloudbox/protocol/permissions'
import { builtInRoles, isBuiltInRole } from '@cloudbox/protocol/permissions'
import type { Environment, EnvironmentLimits } from '../../../kernel/caller.ts'
import type { KeyKind } from '../keys/keys.ts'

/** Settings of an organisation; what is absent is the default. */
export interface OrganisationSettings {
  /** How much of addresses the audit keeps: all (default), the network, nothing. */
  readonly auditIp?: 'full' | 'cut' | 'none'
  /** Days after which entries of the audit are removed; absent: never. */
  readonly auditDays?: number
  readonly maxMembers?: number
  readonly maxProjects?: number
  readonly maxEnvironments?: number
}

export interface Organisation {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly settings: OrganisationSettings
  readonly createdAt: string
}

export interface Project {
  readonly id: string
  readonly organisationId: string
  readonly name: string
  readonly title: string
  readonly isArchived: boolean
  readonly createdAt: string
}

export type EnvironmentState = 'making' | 'ready'

/** An environment with its place; what requests need of it is the same object at each asking. */
export interface PlacedEnvironment {
  readonly environment: Environment
  readonly projectId: string
  readonly organisationId: string
  readonly state: EnvironmentState
  readonly isArchived: boolean
  readonly branchedFrom: string | null
  readonly createdAt: string
}

export interface KeyScope {
  /** Absent: all that its kind may. */
  readonly permissions?: readonly string[]
  /** Absent: all. */
  readonly collections?: readonly string[]
}

export interface KnownKey {
  readonly id: string
  readonly environmentId: string
  readonly kind: KeyKind
  readonly name: string
  readonly hash: string
  readonly scope: KeyScope | null
  /** ms since 1970. */
  readonly expiresAtMs: number | null
}

export interface Member {
  readonly organisationId: string
  readonly userId: string
  readonly role: string
  /** Other roles in narrower places. */
  readonly places: readonly { projectId: string; environmentId: string | null; role: string }[]
  readonly joinedAt: string
}

/** A project or an environment that can still be brought back. */
export interface Removed {
  readonly id: string
  readonly kind: 'project' | 'environment'
  readonly organisationId: string
  readonly projectId: string
  readonly project: string
  /** Of an environment. */
  readonly environment: string | null
  readonly removedAt: string
}

/** As Postgres writes it. */
export interface DirectoryRows {
  readonly organisations: readonly Organisation[]
  readonly projects: readonly Project[]
  readonly environments: readonly (Omit<PlacedEnvironment, 'environment'> & {
    readonly environment: Environment & { readonly limits: EnvironmentLimits }
  })[]
  readonly removed: readonly Removed[]
  readonly keys: readonly KnownKey[]
  readonly members: readonly Member[]
  readonly roles: readonly { organisationId: string; name: string; statements: readonly Statement[] }[]
}

/** Organisations, projects, environments, keys, members and roles as of one moment. */
export class Directory {
  readonly organisations: readonly Organisation[]
  readonly projects: readonly Project[]
  readonly environments: readonly PlacedEnvironment[]
  /** The newest first. */
  readonly removed: readonly Removed[]
  readonly #organisations: ReadonlyMap<string, Organisation>
  readonly #projects: ReadonlyMap<string, Project>
  readonly #byAddress: ReadonlyMap<string, PlacedEnvironment>
  readonly #byId: ReadonlyMap<string, PlacedEnvironment>
  readonly #keys: ReadonlyMap<string, KnownKey>
  readonly #members: ReadonlyMap<string, readonly Member[]>
  readonly #roles: ReadonlyMap<string, readonly Statement[]>

  /** @param before environments that did not change are the same objects as there, for what was worked out for them */
  constructor(rows: DirectoryRows, before?: Directory) {
    this.organisations = rows.organisations
    this.projects = rows.projects
    this.removed = rows.removed
    this.environments = rows.environments.map(row => ({
      ...row,
      environment: sameOrFresh(row.environment, before?.placedById(row.environment.id)?.environment),
    }))
    this.#organisations = new Map(rows.organisations.map(one => [one.name, one]))
    this.#projects = new Map(rows.projects.map(one => [one.name, one]))
    this.#byAddress = new Map(
      this.environments.map(one => [`${one.environment.project}/${one.environment.name}`, one]),
    )
    this.#byId = new Map(this.environments.map(one => [one.environment.id, one]))
    this.#keys = new Map(rows.keys.map(one => [one.hash, one]))
    this.#members = Map.groupBy(rows.members, ({ userId }) => userId)
    this.#roles = new Map(
      rows.roles.map(({ organisationId, name, statements }) => [`${organisationId} ${name}`, statements]),
    )
  }

  organisation(name: string): Organisation | undefined {
    return this.#organisations.get(name)
  }

  organisationById(id: string): Organisation | undefined {
    return this.organisations.find(one => one.id === id)
  }

  project(name: string): Project | undefined {
    return this.#projects.get(name)
  }

  /** Whatever state it is in. */
  placed(project: string, name: string): PlacedEnvironment | undefined {
    return this.#byAddress.get(`${project}/${name}`)
  }

  placedById(id: string): PlacedEnvironment | undefined {
    return this.#byId.get(id)
  }

  /** The environment of an address, if requests may use it. */
  usable(project: string, name: string): Environment | undefined {
    const placed = this.placed(project, name)
    if (placed === undefined || placed.state !== 'ready' || placed.isArchived) return undefined
    return this.project(project)!.isArchived ? undefined : placed.environment
  }

  key(hash: string): KnownKey | undefined {
    return this.#keys.get(hash)
  }

  keysOf(environmentId: string): KnownKey[] {
    return [...this.#keys.values()].filter(key => key.environmentId === environmentId)
  }

  membersOf(organisationId: string): Member[] {
    return [...this.#members.values()].flat().filter(member => member.organisationId === organisationId)
  }

  membershipsOf(userId: string): readonly Member[] {
    return this.#members.get(userId) ?? []
  }

  /** What a role lets do; nothing when there is no such role (any more). */
  statementsOf(organisationId: string, role: string): readonly Statement[] {
    return isBuiltInRole(role) ? builtInRoles[role] : (this.#roles.get(`${organisationId} ${role}`) ?? [])
  }

  /** The statements that count for somebody in a place: of the role given for the narrowest place around it. */
  statementsFor(userId: string, { organisationId, projectId, environmentId }: Spot): readonly Statement[] {
    const member = this.membershipsOf(userId).find(one => one.organisationId === organisationId)
    if (member === undefined) return []
    const inProject = member.places.filter(place => projectId !== undefined && place.projectId === projectId)
    const narrow =
      inProject.find(place => place.environmentId !== null && place.environmentId === environmentId) ??
      inProject.find(place => place.environmentId === null)
    return this.statementsOf(organisationId, narrow?.role ?? member.role)
  }
}

/** A place by ids. */
export interface Spot {
  readonly organisationId: string
  readonly projectId?: string | undefined
  readonly environmentId?: string | undefined
}

/** A place as statements name it. */
export function placeName(project?: string, environment?: string): string {
  if (project === undefined) return ''
  return environment === undefined ? `projects/${project}` : `projects/${project}/environments/${environment}`
}

function sameOrFresh(environment: Environment, before: Environment | undefined): Environment {
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(environment)) return before
  return Object.freeze({ ...environment, limits: Object.freeze(environment.limits) })
}
