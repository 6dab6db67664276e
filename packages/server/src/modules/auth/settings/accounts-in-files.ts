import type { EnvironmentFilePart } from '../../../kernel/environment-file.ts'
import { id, sql } from '../../../kernel/sql.ts'

/**
 * Settings without their secrets, mail templates, and hashes of passwords where they were asked for. Users are a collection.
 * Identities, second factors, backup codes and passkeys belong to one address or one master key, and stay where they are.
 */
export const accountsInFiles: EnvironmentFilePart = {
  head: async (db, { schema }) => {
    const some = await db.query(sql`select from ${id(schema, 'auth_passwords')} limit 1`)
    return { passwords: some.length > 0 }
  },
  tables: () => ['auth_settings', 'auth_mail_templates'],
  laterTables: head =>
    (head as { passwords?: unknown } | undefined)?.passwords === true ? ['auth_passwords'] : [],
}
