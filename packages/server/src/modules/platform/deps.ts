import type { PlacedEnvironment, Project, Organisation, Directory } from './directory/directory.ts'
import type { ChangeDeps } from './change.ts'
import type { Environment } from '../../kernel/caller.ts'
import type { NamedParts } from '../../kernel/environment-file.ts'
import type { Levels } from '../../kernel/migrate.ts'
import type { CopyPlan } from '../../kernel/copy-environment.ts'
import type { Tx } from '../../kernel/db.ts'
import type { Replacement } from '../../kernel/replace-environment.ts'
import type { OperatorAccounts } from './operators/operator-accounts.ts'
import type { PromotionParts } from './promotions/parts.ts'
import type { Operators } from './operators/operators.ts'

/** What the endpoints of the platform stand on. */
export interface PlatformDeps extends ChangeDeps {
  directory(): Directory
  readonly operators: Operators
  /** Filled when the module of accounts has started. */
  readonly accounts: OperatorAccounts
  /** Filled when the modules that own them have started. */
  readonly parts: PromotionParts
  migrateEnvironment(environment: Environment, upTo?: Levels): Promise<void>
  fileParts(): NamedParts
  copyEnvironment(from: Environment, to: Environment, plan: CopyPlan): Promise<void>
  replaceEnvironment(tx: Tx, replacement: Replacement): Promise<() => Promise<void>>
  /** Where people reach this server; undefined when nobody said. */
  readonly publicUrl: string | undefined
}

// Whoever comes this far was admitted, so the place was there a moment ago; when it is gone since, it is a bug's answer.

export function organisationOf(deps: PlatformDeps, { organisation }: { organisation: string }): Organisation {
  return deps.directory().organisation(organisation)!
}

export function projectOf(deps: PlatformDeps, { project }: { project: string }): Project {
  return deps.directory().project(project)!
}

export function placedOf(
  deps: PlatformDeps,
  { project, environment }: { project: string; environment: string },
): PlacedEnvironment {
  return deps.directory().placed(project, environment)!
}

/** The organisation something belongs to, for its audit. */
export function ownerOf(deps: PlatformDeps, { organisationId }: { organisationId: string }): Organisation {
  return deps.directory().organisationById(organisationId)!
}
