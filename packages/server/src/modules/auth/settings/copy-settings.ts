import type { Tx } from '../../../kernel/db.ts'
import type { EnvironmentCopier, EnvironmentCopy } from '../../../kernel/copy-environment.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import { accountsInFiles } from './accounts-in-files.ts'
import { leaveAccounts, takeOverAccounts } from './replace-accounts.ts'
import { accountsChanged, loadSettings, loadShownSettings, saveSettings } from './settings.ts'
import { withoutSecrets } from './secrets.ts'

interface SettingsCopier {
  readonly vault: Vault
  /** Every process reads the accounts of this environment anew. */
  forgetEverywhere(environmentId: string): Promise<void>
}

/**
 * Settings and mail templates of accounts. Signing keys, passwords, identities, sessions, second factors, tokens, mails and
 * the audit log stay where they are: nobody is signed in to the copy, and no token of the original is good there. Users are
 * a collection, which module data copies. A snapshot is the exception: passwords, identities, second factors and passkeys
 * come along, as users need them when it is restored.
 */
export function settingsCopier({ vault, forgetEverywhere }: SettingsCopier): EnvironmentCopier {
  return {
    async copy(tx, copy) {
      if (copy.plan.isSnapshot === true) await copyTable(tx, copy, 'auth_settings')
      else await copySettings(tx, vault, copy)
      await copyTemplates(tx, copy)
      await tx.emit(accountsChanged, { environmentId: copy.to.id })
    },
    async complete(tx, copy) {
      if (copy.plan.isSnapshot === true) for (const name of waysIn) await copyTable(tx, copy, name)
      else if (copy.plan.forFile?.passwords === true) await copyTable(tx, copy, 'auth_passwords')
    },
    leave: leaveAccounts,
    takeOver: takeOverAccounts,
    settle: ({ to }) => forgetEverywhere(to.id),
    file: accountsInFiles,
  }
}

/** What lets users in; all of it belongs to a user. */
const waysIn = [
  'auth_passwords',
  'auth_identities',
  'auth_factors',
  'auth_backup_codes',
  'auth_passkeys',
] as const

/** As it is, sealed values too: both tables were made by the same migrations, so their columns are in the same order. */
async function copyTable(tx: Tx, { from, to }: EnvironmentCopy, name: string): Promise<void> {
  await tx.query(sql`insert into ${id(to.schema, name)} select * from ${id(from.schema, name)}`)
}

/** Secrets are sealed for one environment: those that come along are sealed anew, without the others none is opened. */
async function copySettings(tx: Tx, vault: Vault, { from, to, plan }: EnvironmentCopy): Promise<void> {
  const known = await tx.query(sql`select from ${id(from.schema, 'auth_settings')}`)
  if (known.length === 0) return
  if (plan.forFile !== undefined) {
    await saveSettings(tx, vault, to, withoutSecrets(await loadShownSettings(tx, from)))
    return
  }
  const settings = await loadSettings(tx, vault, from)
  await saveSettings(tx, vault, to, plan.secrets ? settings : withoutSecrets(settings))
}

async function copyTemplates(tx: Tx, { from, to }: EnvironmentCopy): Promise<void> {
  const columns = sql`kind, language, subject, html, text, updated_at`
  await tx.query(sql`
    insert into ${id(to.schema, 'auth_mail_templates')} (${columns})
    select ${columns} from ${id(from.schema, 'auth_mail_templates')}`)
}
