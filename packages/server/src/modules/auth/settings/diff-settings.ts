import { isDeepStrictEqual } from 'node:util'
import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import { isSecretName } from './secrets.ts'

/** The settings of an environment as plain data that may leave it. */
export interface ExportedSettings {
  /** Without secrets. */
  readonly settings: object
  /** Where secrets are set, as JSON pointers. */
  readonly secrets: readonly string[]
  /** To tell later whether they are still the same. */
  readonly version: number
}

/** One setting that differs; undefined where there is none. */
export interface SettingChange {
  /** JSON pointer: `/providers/github/clientId`. */
  readonly at: string
  readonly before?: unknown
  readonly after?: unknown
}

export interface SettingsDifference {
  readonly changes: readonly SettingChange[]
  /** Secrets the other environment has set and this one has not. They do not travel. */
  readonly missingSecrets: readonly string[]
}

/** Takes secrets out, and tells where they are set. */
export function exposeSettings(settings: AuthSettings): Omit<ExportedSettings, 'version'> {
  const secrets: string[] = []
  const visit = (value: unknown, at: string): unknown => {
    if (!isObject(value)) return value
    const entries = Object.entries(value).filter(([key, inner]) => {
      const isSecret = isSecretName(key) && typeof inner === 'string'
      if (isSecret && inner !== '') secrets.push(`${at}/${escape(key)}`)
      return !isSecret
    })
    return Object.fromEntries(entries.map(([key, inner]) => [key, visit(inner, `${at}/${escape(key)}`)]))
  }
  return { settings: visit(settings, '') as object, secrets }
}

/** What makes the settings of one environment those of another. Pure. */
export function diffSettings(
  before: Omit<ExportedSettings, 'version'>,
  wanted: Omit<ExportedSettings, 'version'>,
): SettingsDifference {
  const changes: SettingChange[] = []
  const compare = (old: unknown, next: unknown, at: string): void => {
    if (isDeepStrictEqual(old, next)) return
    if (!isObject(old) || !isObject(next)) {
      changes.push({
        at,
        ...(old === undefined ? {} : { before: old }),
        ...(next === undefined ? {} : { after: next }),
      })
      return
    }
    for (const key of new Set([...Object.keys(old), ...Object.keys(next)]))
      compare(old[key], next[key], `${at}/${escape(key)}`)
  }
  compare(before.settings, wanted.settings, '')
  return { changes, missingSecrets: wanted.secrets.filter(secret => !before.secrets.includes(secret)) }
}

/** The keys of a JSON pointer. */
export function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
