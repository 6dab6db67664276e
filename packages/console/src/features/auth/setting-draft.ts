import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import type { SettingField } from './setting-groups.ts'

/** Settings as fields of a form hold them. */
export type SettingDraft = Record<string, string | boolean | string[]>

export function draftOf(fields: readonly SettingField[], settings: AuthSettings): SettingDraft {
  return Object.fromEntries(
    fields.map(({ name, kind }) => {
      const value = settings[name]
      if (kind === 'switch') return [name, value as boolean]
      if (kind === 'flags') return [name, [...(value as string[])]]
      if (kind === 'lines') return [name, (value as string[]).join('\n')]
      return [name, String(value)]
    }),
  )
}

/** Those that are otherwise than they were, as the server takes them. A secret that nobody touched is none of them. */
export function changeOf(
  fields: readonly SettingField[],
  settings: AuthSettings,
  draft: SettingDraft,
): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name, kind }) => {
      const value = valueOf(kind, draft[name])
      return JSON.stringify(sorted(value)) === JSON.stringify(sorted(settings[name])) ? [] : [[name, value]]
    }),
  )
}

function valueOf(kind: SettingField['kind'], written: SettingDraft[string] | undefined): unknown {
  if (kind === 'number') return Number(written)
  if (kind === 'lines')
    return (written as string)
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '')
  return kind === 'text' ? (written as string).trim() : written
}

const sorted = (value: unknown) => (Array.isArray(value) ? value.toSorted() : value)
