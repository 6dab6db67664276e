import { isDeepStrictEqual } from 'node:util'
import { authProblems } from '@cloudbox/protocol/auth'
import { AuthSettings } from '@cloudbox/protocol/auth-settings'
import { Check, Errors } from 'typebox/value'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import { exposeSettings, keysOf, type ExportedSettings, type SettingChange } from './diff-settings.ts'
import { separateSecrets } from './secrets.ts'
import { loadSettings, lockSettings, openSecrets, saveSettings, sealSecrets } from './settings.ts'

interface PromotionDeps {
  readonly db: Database
  readonly vault: Vault
  /** Every process reads the accounts of this environment anew. */
  forgetEverywhere(environmentId: string): Promise<void>
}

export interface SettingsPlan {
  /** All that a comparison found, or some of it. */
  readonly changes: readonly SettingChange[]
  /** As they were exported when the comparison was made. */
  readonly version: number
  /** Secrets to set with it, by JSON pointer; all others stay what they are. */
  readonly secrets?: Readonly<Record<string, string>>
}

/** Writes more in the transaction of the change. */
type RecordSettings = (tx: Tx, change: { readonly id: string }) => Promise<void>

export async function exportSettings(
  { db, vault }: Pick<PromotionDeps, 'db' | 'vault'>,
  environment: Environment,
): Promise<ExportedSettings> {
  return db.transaction(
    async tx => {
      const version = await versionOf(tx, environment)
      return { ...exposeSettings(await loadSettings(tx, vault, environment)), version }
    },
    { isolation: 'repeatable read' },
  )
}

/**
 * Applies changes that came from another environment. Answers what undoes them.
 * @throws Problem `auth/settings-changed`, `auth/invalid-settings`
 */
export async function applySettings(
  deps: PromotionDeps,
  environment: Environment,
  { changes, version, secrets = {} }: SettingsPlan,
  record?: RecordSettings,
): Promise<{ readonly id: string }> {
  return change(deps, environment, async tx => {
    const made = await applySettingsIn(tx, deps, environment, { changes, version, secrets })
    await record?.(tx, made)
    return made
  })
}

/** The same in a transaction of somebody else's, who makes every process read the accounts anew. */
export async function applySettingsIn(
  tx: Tx,
  { vault }: Pick<PromotionDeps, 'vault'>,
  environment: Environment,
  { changes, version, secrets = {} }: SettingsPlan,
): Promise<{ readonly id: string }> {
  await lockSettings(tx, environment)
  const before = await loadSettings(tx, vault, environment)
  if ((await versionOf(tx, environment)) !== version)
    throw new Problem(authProblems['settings-changed'], 'The settings have changed since they were compared.')
  const set = Object.entries(secrets).map(([at, after]) => ({ at, after }))
  const settings = withChanges(before, changes, set)
  await saveSettings(tx, vault, environment, settings)
  const { secrets: kept } = separateSecrets(settings)
  const lost = Object.entries(separateSecrets(before).secrets).filter(
    ([path, secret]) => kept[path] !== secret,
  )
  const sealed = sealSecrets(vault, environment, Object.fromEntries(lost))
  const [row] = await tx.query<{ id: string }>(sql`
    insert into ${id(environment.schema, 'auth_settings_changes')} (changes, secrets)
    values (${JSON.stringify(changes)}, ${JSON.stringify(sealed)}) returning id`)
  return row!
}

/**
 * Takes such a change back, with the secrets that went with it. Settings changed by others since stay.
 * @throws Problem `auth/unknown-settings-change`, `auth/settings-changed` where one of those has changed since
 */
export async function undoSettings(
  deps: PromotionDeps,
  environment: Environment,
  changeId: string,
  record?: RecordSettings,
): Promise<void> {
  await change(deps, environment, async tx => {
    await undoSettingsIn(tx, deps, environment, changeId)
    await record?.(tx, { id: changeId })
  })
}

/** The same in a transaction of somebody else's, who makes every process read the accounts anew. */
export async function undoSettingsIn(
  tx: Tx,
  { vault }: Pick<PromotionDeps, 'vault'>,
  environment: Environment,
  changeId: string,
): Promise<void> {
  await lockSettings(tx, environment)
  const [known] = await tx.query<{ changes: string; secrets: string }>(sql`
      update ${id(environment.schema, 'auth_settings_changes')} set undone_at = now()
      where id::text = ${changeId} and undone_at is null returning changes, secrets::text as secrets`)
  if (known === undefined)
    throw new Problem(authProblems['unknown-settings-change'], `No change ${changeId} is there to be undone.`)
  const back = (JSON.parse(known.changes) as SettingChange[]).toReversed().map(({ at, ...values }) => ({
    at,
    ...('after' in values ? { before: values.after } : {}),
    ...('before' in values ? { after: values.before } : {}),
  }))
  const secrets = openSecrets(vault, environment, JSON.parse(known.secrets) as Record<string, string>)
  const set = Object.entries(secrets).map(([path, after]) => ({
    at: `/${path.replaceAll('.', '/')}`,
    after,
  }))
  const settings = withChanges(await loadSettings(tx, vault, environment), back, set)
  await saveSettings(tx, vault, environment, settings)
}

async function change<T>(
  { db, forgetEverywhere }: PromotionDeps,
  environment: Environment,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const done = await db.transaction(work)
  await forgetEverywhere(environment.id)
  return done
}

/** @throws Problem `auth/settings-changed` where a setting is not what the change began with */
function withChanges(
  before: AuthSettings,
  changes: readonly SettingChange[],
  secrets: readonly SettingChange[],
): AuthSettings {
  const { settings: shown } = exposeSettings(before)
  const unfit = changes.filter(
    ({ at, before: wanted }) => !isDeepStrictEqual(find(shown, keysOf(at)), wanted),
  )
  if (unfit.length > 0) {
    const errors = unfit.map(({ at }) => ({ at, message: 'is not what the change began with' }))
    throw new Problem(authProblems['settings-changed'], `${errors[0]!.at} ${errors[0]!.message}.`, { errors })
  }
  const settings = structuredClone(before)
  // Copies: secrets must not get into the changes, which are kept and shown.
  for (const { at, after } of [...changes, ...secrets]) place(settings, keysOf(at), structuredClone(after))
  refuseMalformed(settings)
  return settings
}

function find(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  )
}

function place(settings: object, keys: readonly string[], value: unknown): void {
  const holder = find(settings, keys.slice(0, -1))
  if (typeof holder !== 'object' || holder === null) return
  const key = keys.at(-1)!
  if (value === undefined) delete (holder as Record<string, unknown>)[key]
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

/** What came from elsewhere may miss a secret that does not travel. */
function refuseMalformed(settings: AuthSettings): void {
  if (Check(AuthSettings, settings)) return
  const errors = Errors(AuthSettings, settings).map(({ instancePath, message }) => ({
    at: instancePath,
    message,
  }))
  throw new Problem(authProblems['invalid-settings'], `${errors[0]!.at} ${errors[0]!.message}.`, {
    hint: 'A secret does not travel from one environment to another: give it with the change.',
    errors,
  })
}

async function versionOf(db: Queryable, { schema }: Pick<Environment, 'schema'>): Promise<number> {
  const [row] = await db.query<{ version: string }>(sql`select version from ${id(schema, 'auth_settings')}`)
  return Number(row?.version ?? 0)
}
