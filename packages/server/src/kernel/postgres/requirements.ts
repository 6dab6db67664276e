import type { Queryable } from '../db.ts'
import { sql } from '../sql.ts'

/** One thing a Postgres lacks, and the command that mends it. */
export interface Missing {
  readonly what: string
  readonly remedy: string
}

interface Facts {
  versionNum: number
  user: string
  database: string
  encoding: string
  walLevel: string
  isReplica: boolean
  mayCreateSchemas: boolean
  mayCreateRoles: boolean
  mayReplicate: boolean
  freeSlots: number
  maxSlots: number
  freeSenders: number
  maxSenders: number
}

const oldestVersion = 15

/** Finds everything a Postgres lacks to carry the platform, all at once. Empty when nothing is missing. */
export async function checkRequirements(db: Queryable): Promise<Missing[]> {
  const facts = await readFacts(db)
  const { user, database } = facts
  const name = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`
  const checks: [isMet: boolean, what: string, remedy: string][] = [
    [
      facts.versionNum >= oldestVersion * 10_000,
      `version ${Math.floor(facts.versionNum / 10_000)}, needed is ${oldestVersion} or newer`,
      'upgrade the server',
    ],
    [!facts.isReplica, 'the server is a read replica', 'point DATABASE_URL at its primary'],
    [
      facts.encoding === 'UTF8',
      `the database ${database} is encoded in ${facts.encoding}, needed is UTF8`,
      `CREATE DATABASE cloudbox ENCODING 'UTF8' TEMPLATE template0;`,
    ],
    [
      facts.walLevel === 'logical',
      `wal_level is ${facts.walLevel}, needed is logical`,
      'ALTER SYSTEM SET wal_level = logical;  then restart the server',
    ],
    [
      facts.freeSlots > 0,
      `no replication slot is free (max_replication_slots = ${facts.maxSlots})`,
      `ALTER SYSTEM SET max_replication_slots = ${facts.maxSlots + 4};  then restart the server`,
    ],
    [
      facts.freeSenders > 0,
      `no WAL sender is free (max_wal_senders = ${facts.maxSenders})`,
      `ALTER SYSTEM SET max_wal_senders = ${facts.maxSenders + 4};  then restart the server`,
    ],
    [
      facts.mayCreateSchemas,
      `the role ${user} may not create schemas`,
      `GRANT CREATE ON DATABASE ${name(database)} TO ${name(user)};`,
    ],
    [facts.mayCreateRoles, `the role ${user} may not create roles`, `ALTER ROLE ${name(user)} CREATEROLE;`],
    [
      facts.mayReplicate,
      `the role ${user} may not replicate`,
      `ALTER ROLE ${name(user)} REPLICATION;  (Amazon RDS: GRANT rds_replication TO ${name(user)};)`,
    ],
  ]
  return checks.flatMap(([isMet, what, remedy]) => (isMet ? [] : [{ what, remedy }]))
}

async function readFacts(db: Queryable): Promise<Facts> {
  // Counted without our own slots: they are used again.
  const [row] = await db.query<{ facts: string }>(sql`
    select json_build_object(
      'versionNum', current_setting('server_version_num')::int,
      'user', current_user,
      'database', current_database(),
      'encoding', current_setting('server_encoding'),
      'walLevel', current_setting('wal_level'),
      'isReplica', pg_is_in_recovery(),
      'mayCreateSchemas', has_database_privilege(current_database(), 'CREATE'),
      'mayCreateRoles', r.rolcreaterole or r.rolsuper,
      'mayReplicate', r.rolreplication or r.rolsuper or exists (
        select from pg_roles g where g.rolname = 'rds_replication' and pg_has_role(current_user, g.oid, 'member')),
      'maxSlots', current_setting('max_replication_slots')::int,
      'freeSlots', current_setting('max_replication_slots')::int
        - (select count(*) from pg_replication_slots where slot_name not like 'cloudbox%'),
      'maxSenders', current_setting('max_wal_senders')::int,
      'freeSenders', current_setting('max_wal_senders')::int
        - (select count(*) from pg_stat_replication where application_name not like 'cloudbox%')
    )::text as facts
    from pg_roles r where r.rolname = current_user`)
  return JSON.parse(row!.facts) as Facts
}
