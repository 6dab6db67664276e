import { randomBytes } from 'node:crypto'
import type { Database, Tx } from '../db.ts'
import { raw, sql } from '../sql.ts'
import { parseLsn, type Lsn } from './lsn.ts'

/** Name of the publication; one in every database. */
export const publicationName = 'cloudbox'

/** A replication slot that can be read from. */
export interface Slot {
  /** `cloudbox_<oid of the database>_<generation>`: slots are named per cluster, and a new one is a new history. */
  readonly name: string
  /** Everything before it has been confirmed and will not be sent again. */
  readonly confirmed: Lsn
  /** The first transaction id not yet given out, 64 bits. */
  readonly nextXid: bigint
}

/** Why the stream cannot start, with what to do about it. */
export class StreamStartError extends Error {
  readonly hint: string

  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StreamStartError'
    this.hint = hint
  }
}

/**
 * Makes the publication, unless there is one. Publishing whole databases is a superuser's right; without it tables
 * are added one by one with {@link publishSchema}.
 */
export async function ensurePublication(db: Database): Promise<void> {
  await db.transaction(async tx => {
    await lock(tx)
    const [existing] = await tx.query(sql`select from pg_publication where pubname = ${publicationName}`)
    if (existing !== undefined) return
    const all = (await isSuperuser(tx)) ? ' for all tables' : ''
    // A partition's rows are told under the name of the table the application knows.
    const generated = db.version >= 18 ? ', publish_generated_columns = stored' : ''
    await tx.script(
      `create publication ${publicationName}${all} with (publish_via_partition_root = true${generated})`,
    )
  })
}

/** Publishes the tables of a schema that are not published yet. Nothing to do where the publication is for all tables. */
export async function publishSchema(tx: Tx, schema: string): Promise<void> {
  const missing = await tx.query<{ table: string }>(sql`
    select format('%I.%I', n.nspname, c.relname) as "table"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition
      -- Not the view pg_publication_tables: it opens every table there is, and would wait for all that are being changed.
      and not exists (
        select from pg_publication p left join pg_publication_rel r on r.prpubid = p.oid and r.prrelid = c.oid
        where p.pubname = ${publicationName} and (p.puballtables or r.oid is not null)
      )`)
  if (missing.length === 0) return
  await tx.script(
    `alter publication ${publicationName} add table ${missing.map(row => row.table).join(', ')}`,
  )
}

/** Finds this database's slot; makes one when there is none or the server has dropped what it was to keep. */
export async function ensureSlot(db: Database): Promise<Slot> {
  const timeout = { statementTimeoutMs: 60_000 }
  // Making a slot waits for the transactions that are running now.
  const name = await db.transaction(async tx => {
    await lock(tx)
    const [{ prefix }] = (await tx.query<{ prefix: string }>(sql`
      select 'cloudbox_' || oid || '_' as prefix from pg_database where datname = current_database()`)) as [
      { prefix: string },
    ]
    const slots = await tx.query<{ name: string; lost: boolean }>(sql`
      select slot_name as name, wal_status = 'lost' as lost from pg_replication_slots
      where starts_with(slot_name, ${prefix}) order by lost, slot_name`)
    if (slots[0]?.lost === false) return slots[0].name
    for (const slot of slots) await tx.query(sql`select pg_drop_replication_slot(${slot.name})`)
    const fresh = prefix + randomBytes(4).toString('hex')
    const failover = db.version >= 17 ? sql`, failover => true` : sql``
    await tx.query(sql`select pg_create_logical_replication_slot(${fresh}, 'pgoutput'${failover})`)
    return fresh
  }, timeout)
  const [row] = await db.query<{ confirmed: string; next: string }>(sql`
    select confirmed_flush_lsn::text as confirmed, pg_snapshot_xmax(pg_current_snapshot())::text as next
    from pg_replication_slots where slot_name = ${name}`)
  if (row === undefined) throw new Error(`the replication slot ${name} has just been dropped`)
  return { name, confirmed: parseLsn(row.confirmed), nextXid: BigInt(row.next) }
}

/** Who reads from the slot now, in words; undefined when nobody does. */
export async function findReader(db: Database, slot: string): Promise<string | undefined> {
  const [reader] = await db.query<{ pid: number; address: string | null; since: string }>(sql`
    select s.active_pid as pid, host(a.client_addr) as address, a.backend_start::text as since
    from pg_replication_slots s join pg_stat_activity a on a.pid = s.active_pid where s.slot_name = ${slot}`)
  if (reader === undefined) return undefined
  return `process ${reader.pid} of Postgres, for ${reader.address ?? 'a program on its own machine'}, since ${reader.since}`
}

async function isSuperuser(tx: Tx): Promise<boolean> {
  const [row] = await tx.query<{ super: boolean }>(
    sql`select rolsuper as super from pg_roles where rolname = current_user`,
  )
  return row?.super ?? false
}

/** One server at a time makes the publication and the slot. */
async function lock(tx: Tx): Promise<void> {
  await tx.query(sql`select pg_advisory_xact_lock(hashtext(${'cloudbox.stream'}))`)
}

/**
 * Keeps everybody but this server from writing messages into the log, which would be heard as its events: other roles
 * have SQL of their own here. Only a superuser can; elsewhere it stays as it is.
 */
export async function guardMessages(db: Database): Promise<void> {
  const open = await db.query<{ function: string }>(sql`
    select p.oid::regprocedure::text as function
    from pg_proc p cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner))) acl
    where proname = 'pg_logical_emit_message' and acl.grantee = 0
      and (select rolsuper from pg_roles where rolname = current_user)`)
  for (const { function: signature } of open)
    await db.query(raw(`revoke execute on function pg_catalog.${signature} from public`))
}
