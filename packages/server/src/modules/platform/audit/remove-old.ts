import type { Database } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'

/** Removes entries older than an organisation keeps them, from the beginning of its chain, which goes on from there. */
export async function removeOldEntries(db: Database, organisationId: string, days: number): Promise<number> {
  return db.transaction(async tx => {
    const [last] = await tx.query<{ number: string; hash: string }>(sql`
      select number, encode(hash, 'hex') as hash from cloudbox.platform_audit
      where organisation_id = ${organisationId} and at < now() - make_interval(days => ${days})
      order by number desc limit 1`)
    if (last === undefined) return 0
    await tx.query(sql`
      update cloudbox.platform_audit_chains
      set first_number = ${Number(last.number) + 1}, first_hash = ${Buffer.from(last.hash, 'hex')}
      where organisation_id = ${organisationId}`)
    await tx.query(sql`select set_config('cloudbox.audit_retention', 'on', true)`)
    const removed = await tx.query(sql`
      delete from cloudbox.platform_audit
      where organisation_id = ${organisationId} and number <= ${Number(last.number)} returning number`)
    return removed.length
  })
}
