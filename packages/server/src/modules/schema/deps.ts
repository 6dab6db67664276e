import type { Database } from '../../kernel/db.ts'
import type { Started } from '../../kernel/module.ts'
import type { data } from '../data/module.ts'
import type { Author } from '../platform/module.ts'

type Api<Module> = Module extends { start(...input: never[]): infer Running }
  ? Awaited<Running> extends Started<infer A>
    ? A
    : never
  : never

/** What this module stands on. */
export interface SchemaDeps {
  readonly db: Database
  readonly data: Api<typeof data>
}

/** The same, for whoever changes something. */
export interface AuthoredDeps extends SchemaDeps {
  readonly author: Author
}
