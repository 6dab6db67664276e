import type { Tx } from '../../../kernel/db.ts'
import { defineEvent } from '../../../kernel/events.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import { cutIp } from '../../../lib/cut-ip.ts'
import type { OrganisationSettings } from '../directory/directory.ts'
import { chainStart, hashEntry, type AuditEntry, type By, type KeptEntry } from './entry.ts'

/** Something was written into the audit of a place below an organisation. */
export const entryRecorded = defineEvent<{
  /** As `projects/shop/environments/dev`. */
  readonly place: string
  readonly action: string
  readonly subject: string
  /** ms since 1970. */
  readonly atMs: number
}>('platform.entry-recorded')

/** Whose audit it is. */
export interface Audited {
  readonly id: string
  readonly settings: OrganisationSettings
}

/**
 * Writes an entry in the transaction of what it tells. Entries of an organisation wait for each other from here to the
 * commit, so it comes last.
 */
export async function recordEntry(
  tx: Tx,
  vault: Vault,
  { id, settings }: Audited,
  by: By,
  { action, place = '', subject, before, after }: AuditEntry,
): Promise<void> {
  const [chain] = await tx.query<{ number: string; hash: string; at: string }>(sql`
    insert into cloudbox.platform_audit_chains as chain (organisation_id, number, hash, first_hash)
    values (${id}, 0, ${chainStart}, ${chainStart})
    on conflict (organisation_id) do update set number = chain.number
    returning number, encode(hash, 'hex') as hash,
      to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`)
  const entry: KeptEntry = {
    number: Number(chain!.number) + 1,
    at: chain!.at,
    actorKind: by.actor.kind,
    actorId: by.actor.id,
    actorName: by.actor.name,
    action,
    place,
    subject,
    before: before === undefined ? null : JSON.stringify(before),
    after: after === undefined ? null : JSON.stringify(after),
    requestId: by.requestId ?? null,
    ip: keptIp(by.ip, settings.auditIp),
  }
  const hash = hashEntry(auditKey(vault, id), Buffer.from(chain!.hash, 'hex'), entry)
  await tx.query(sql`
    with moved as (
      update cloudbox.platform_audit_chains set number = ${entry.number}, hash = ${hash} where organisation_id = ${id}
    )
    insert into cloudbox.platform_audit
      (organisation_id, number, at, actor_kind, actor_id, actor_name, action, place, subject, before, after,
        request_id, ip, hash)
    values (${id}, ${entry.number}, ${entry.at}, ${entry.actorKind}, ${entry.actorId}, ${entry.actorName}, ${action},
      ${place}, ${subject}, ${entry.before}::json, ${entry.after}::json, ${entry.requestId}, ${entry.ip}, ${hash})`)
  if (place !== '') await tx.emit(entryRecorded, { place, action, subject, atMs: Date.parse(entry.at) })
}

export function auditKey(vault: Vault, organisationId: string): Buffer {
  return vault.derive(organisationId, 'audit-v1')
}

function keptIp(ip: string | undefined, how: OrganisationSettings['auditIp'] = 'full'): string | null {
  if (ip === undefined || how === 'none') return null
  return how === 'cut' ? cutIp(ip).replace(/\.\d+$/, '.0') : ip
}
