import { AuthSettings, hiddenSecret, type AuthSettingsChange } from '@cloudbox/protocol/auth-settings'
import { authProblems } from '@cloudbox/protocol/auth'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { Default } from 'typebox/value'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Queryable, Tx } from '../../../kernel/db.ts'
import { defineEvent } from '../../../kernel/events.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import type { Author } from '../../platform/module.ts'
import { redirectMistake } from '../flows/redirects.ts'
import { mistakesInMailSettings } from '../mail/smtp-settings.ts'
import { joinSecrets, separateSecrets } from './secrets.ts'
import { tellSettings } from './tell-settings.ts'

/** Settings or keys of an environment's accounts are not what they were. */
export const accountsChanged = defineEvent<{ environmentId: string }>('auth.accounts-changed')

/** The settings of an environment, secrets among them, with every default filled in. */
export async function loadSettings(
  db: Queryable,
  vault: Vault,
  environment: Pick<Environment, 'id' | 'schema'>,
): Promise<AuthSettings> {
  const [row] = await db.query<{ settings: string; secrets: string }>(sql`
    select settings::text as settings, secrets::text as secrets from ${id(environment.schema, 'auth_settings')}`)
  if (row === undefined) return complete({})
  const secrets = openSecrets(vault, environment, JSON.parse(row.secrets) as Record<string, string>)
  return joinSecrets(complete(JSON.parse(row.settings) as object), secrets)
}

/** The same with a mark where a secret stands: none is opened. */
export async function loadShownSettings(
  db: Queryable,
  { schema }: Pick<Environment, 'schema'>,
): Promise<AuthSettings> {
  const [row] = await db.query<{ settings: string }>(
    sql`select settings::text as settings from ${id(schema, 'auth_settings')}`,
  )
  return complete(row === undefined ? {} : (JSON.parse(row.settings) as object))
}

export interface SettingsDeps {
  readonly db: Database
  readonly vault: Vault
  /** Who asks; absent: the server itself. */
  readonly author?: Author
}

/**
 * Changes settings; what is not named stays. A provider is merged with what is known of it, and a secret that comes back as
 * it was shown stays what it is.
 * @throws Problem `auth/invalid-settings`
 */
export async function changeSettings(
  { db, vault, author }: SettingsDeps,
  environment: Environment,
  change: AuthSettingsChange,
): Promise<AuthSettings> {
  return db.transaction(async tx => {
    await lockSettings(tx, environment)
    const before = await loadSettings(tx, vault, environment)
    const settings = merge(before, change)
    await saveSettings(tx, vault, environment, settings)
    const told = tellSettings(before, settings)
    if (told !== undefined)
      await author?.record(tx, { action: 'account-settings.changed', subject: environment.name, ...told })
    return settings
  })
}

/** Waits for its turn: one change of settings at a time. */
export async function lockSettings(tx: Tx, { id: environmentId }: Pick<Environment, 'id'>): Promise<void> {
  await tx.query(
    sql`select pg_advisory_xact_lock(hashtextextended(${`cloudbox accounts ${environmentId}`}, 0))`,
  )
}

/**
 * Keeps settings, secrets among them sealed, and tells everyone with the commit.
 * @throws Problem `auth/invalid-settings`
 */
export async function saveSettings(
  tx: Tx,
  vault: Vault,
  environment: Pick<Environment, 'id' | 'schema'>,
  settings: AuthSettings,
): Promise<void> {
  refuseMistakes(settings)
  const { open, secrets } = separateSecrets(settings)
  await tx.query(sql`
    insert into ${id(environment.schema, 'auth_settings')} as known (settings, secrets)
    values (${JSON.stringify(open)}, ${JSON.stringify(sealSecrets(vault, environment, secrets))})
    on conflict (one) do update
    set settings = excluded.settings, secrets = excluded.secrets, version = known.version + 1`)
  await tx.emit(accountsChanged, { environmentId: environment.id })
}

export function sealSecrets(
  vault: Vault,
  environment: Pick<Environment, 'id'>,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets).map(([path, secret]) => [
      path,
      vault.seal(environment.id, label(path), secret).toString('base64'),
    ]),
  )
}

/** @param sealed as {@link sealSecrets} made it */
export function openSecrets(
  vault: Vault,
  environment: Pick<Environment, 'id'>,
  sealed: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sealed).map(([path, text]) => [
      path,
      vault.open(environment.id, label(path), Buffer.from(text, 'base64')).toString(),
    ]),
  )
}

/** Settings as they may be shown. */
export function showSettings(settings: AuthSettings): AuthSettings {
  return separateSecrets(settings).open
}

function complete(settings: object): AuthSettings {
  return Default(AuthSettings, structuredClone(settings)) as AuthSettings
}

function merge(before: AuthSettings, change: AuthSettingsChange): AuthSettings {
  const providers = { ...before.providers }
  for (const [name, provider] of Object.entries(change.providers ?? {})) {
    providers[name] = {
      ...providers[name],
      ...provider,
      settings: { ...providers[name]?.settings, ...provider.settings },
    }
  }
  const rateLimits = { ...before.rateLimits, ...change.rateLimits }
  const merged = { ...before, ...change, providers, rateLimits }
  const { secrets } = separateSecrets(before)
  const { open, secrets: wanted } = separateSecrets(merged)
  const kept = Object.entries(wanted).map(([path, secret]) => [
    path,
    secret === hiddenSecret ? (secrets[path] ?? '') : secret,
  ])
  return joinSecrets(open, Object.fromEntries(kept) as never)
}

function refuseMistakes(settings: AuthSettings): void {
  const { siteUrl, redirectUrls } = settings
  const errors: ProblemDetail[] = mistakesInMailSettings(settings)
  const site = siteUrl === '' ? undefined : redirectMistake(siteUrl)
  if (site !== undefined) errors.push({ at: '/siteUrl', message: site })
  redirectUrls.forEach((url, i) => {
    const mistake = redirectMistake(url)
    if (mistake !== undefined) errors.push({ at: `/redirectUrls/${i}`, message: mistake })
  })
  if (errors.length > 0)
    throw new Problem(authProblems['invalid-settings'], `${errors[0]!.at} ${errors[0]!.message}.`, { errors })
}

function label(path: string): string {
  return `auth-setting ${path}`
}
