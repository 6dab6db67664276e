/** What a caller may change, for tests and other machines: settings of postgresql.conf by name. */
export type ServerSettings = Readonly<Record<string, string | number>>

/** Our settings. They come from a file, so that `ALTER SYSTEM` still wins over all but the essential ones. */
const settings: ServerSettings = {
  max_connections: 100,
  // Each logical slot is one reader of the change stream: ours, a successor's while it takes over, a person's.
  max_replication_slots: 10,
  max_wal_senders: 10,
  // A reader that stays away must not fill the disk: the slot is given up and readers get a reset. More than the window
  // keeps on purpose (`windowLogBytes`), or one large commit would already lose it.
  max_slot_wal_keep_size: '2GB',
  max_wal_size: '1GB',
  shared_buffers: '96MB',
  // Reading ahead in worker processes costs three processes of idle memory and gains nothing on cached data.
  io_method: 'sync',
  // We publish changes; nothing here subscribes to another Postgres.
  max_logical_replication_workers: 0,
  jit: 'off',
  // Which statements cost how much, for advice about indexes; one that an administrator takes out is not asked.
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': 2000,
  'pg_stat_statements.track_utility': 'off',
  // After a bulk load the planner knows nothing of the new rows until they are analysed: look for such tables often.
  autovacuum_naptime: '15s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'ISO, MDY',
  password_encryption: 'scram-sha-256',
  log_line_prefix: '%m [%p] %q%u@%d ',
  log_checkpoints: 'off',
}

/** The text of `cloudbox.conf`, which postgresql.conf includes. */
export function settingsFile(overrides: ServerSettings): string {
  const lines = Object.entries({ ...settings, ...overrides }).map(
    ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`,
  )
  return `# Written by CloudBox at every start. To change a setting use ALTER SYSTEM.\n${lines.join('\n')}\n`
}

/** What must be so for us to work, as arguments of the program: nothing overrides them. */
export function essentialArgs(
  {
    socketDir,
    port,
    addresses = '127.0.0.1',
  }: { socketDir: string; port: number; addresses?: string | undefined },
  overrides: ServerSettings,
): string[] {
  const essential = {
    listen_addresses: addresses,
    port,
    unix_socket_directories: process.platform === 'win32' ? '' : socketDir,
    unix_socket_permissions: '0700',
    wal_level: overrides['wal_level'] ?? 'logical',
    logging_collector: 'off',
  }
  return Object.entries(essential).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** Who may connect: over TCP with a password; over the socket, whose folder only our user can enter, without. */
export const accessFile = `# Written by CloudBox.
local  all          all                 trust
local  replication  all                 trust
host   all          all  127.0.0.1/32   scram-sha-256
host   all          all  ::1/128        scram-sha-256
host   replication  all  127.0.0.1/32   scram-sha-256
host   replication  all  ::1/128        scram-sha-256
`
