import type { EnvironmentCopier } from '../../kernel/copy-environment.ts'
import { id, sql } from '../../kernel/sql.ts'

/**
 * A copy of an environment has had the same migrations. The plans that did them stay behind, and with them what they threw
 * away: taken back there, a migration leaves empty what it had dropped.
 */
export const migrationsCopier: EnvironmentCopier = {
  async copy(tx, { from, to }) {
    await tx.query(sql`
      insert into ${id(to.schema, 'schema_migrations')} (name, parents, operations, hash, state, applied_at)
      select name, parents, operations, hash, state, applied_at
      from ${id(from.schema, 'schema_migrations')} where state = 'applied' order by number`)
  },
  file: { head: async () => ({}), tables: () => ['schema_migrations'] },
}
