import type { EnvironmentCopier } from '../../../kernel/copy-environment.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import { sealVariable, unsealVariable } from '../variables/variables.ts'

/** What the platform itself keeps of an environment: limits and configuration; secrets where they come along. */
export function copyConfiguration(vault: Vault): EnvironmentCopier {
  return {
    async copy(tx, { from, to, plan }) {
      // It belongs to the environment, whatever is in that.
      if (plan.isSnapshot === true || plan.forFile !== undefined) return
      await tx.query(sql`
        update cloudbox.platform_environments set limits = ${JSON.stringify(from.limits)}::jsonb where id = ${to.id}`)
      await tx.query(sql`
        insert into cloudbox.platform_variables (environment_id, name, value)
        select ${to.id}, name, value from cloudbox.platform_variables
        where environment_id = ${from.id} and sealed is null`)
      if (!plan.secrets) return
      const secrets = await tx.query<{ name: string; sealed: string }>(sql`
        select name, encode(sealed, 'hex') as sealed from cloudbox.platform_variables
        where environment_id = ${from.id} and sealed is not null`)
      for (const { name, sealed } of secrets) {
        const value = unsealVariable(vault, from.id, name, Buffer.from(sealed, 'hex'))
        await tx.query(sql`
          insert into cloudbox.platform_variables (environment_id, name, sealed)
          values (${to.id}, ${name}, ${sealVariable(vault, to.id, name, value)})`)
      }
    },
  }
}
