import type { Environment } from '../../kernel/caller.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Database } from '../../kernel/db.ts'

/** A key as usage tells of it. */
export interface NamedKey {
  readonly id: string
  readonly kind: 'publishable' | 'secret'
  readonly name: string
}

/** What the endpoints stand on. */
export interface UsageDeps {
  readonly db: Database
  readonly clock: Clock
  readonly keptDays: number
  keysOf(environmentId: string): readonly NamedKey[]
  /** Environments of an organisation, which is there. */
  environmentsOf(organisation: string): readonly Environment[]
  environmentsOfProject(project: string): readonly Environment[]
  /** All that are whole, of every organisation. */
  environments(): readonly Environment[]
}
