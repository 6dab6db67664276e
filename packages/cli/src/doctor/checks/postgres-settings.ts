import { ok, problem, warning, type Check, type Finding } from '../check.ts'

/** As the embedded one sorts: by code point, the same on every machine. */
const usualCollations = /^(builtin (C|C\.UTF-8|PG_UNICODE_FAST)|libc (C|POSIX)|libc C\.(UTF-8|utf8))$/

export const postgresSettings: Check = {
  name: 'postgres-settings',
  title: 'Database',
  look: async patient => {
    const inspected = await patient.postgres()
    if (inspected === undefined) return []
    const { missing, facts } = inspected
    const { settings, version, encoding, collation } = facts
    if (missing.length > 0)
      return missing.map(({ what, remedy }) => problem(`CloudBox cannot run on it: ${what}.`, remedy))
    const findings: Finding[] = [
      ok(
        `Postgres ${version}, ${encoding}, sorted by ${collation}; wal_level ${settings['wal_level']}, ` +
          `${settings['max_replication_slots']} replication slots, ${settings['max_wal_senders']} WAL senders, ` +
          `${settings['max_connections']} connections.`,
      ),
    ]
    if (!/\bpg_stat_statements\b/.test(settings['shared_preload_libraries'] ?? ''))
      findings.push(
        warning(
          'It does not count statements: "cloudbox advisor indexes" has nothing to go by.',
          "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';  then restart the server",
        ),
      )
    if (!usualCollations.test(collation))
      findings.push(
        warning(
          `Texts are sorted by ${collation}, on the embedded Postgres by code point: lists may come in another order.`,
          "CREATE DATABASE cloudbox ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;",
        ),
      )
    return findings
  },
}
