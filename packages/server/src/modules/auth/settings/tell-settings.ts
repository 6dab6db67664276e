import { hiddenSecret, type AuthSettings } from '@cloudbox/protocol/auth-settings'
import { diffSettings, exposeSettings } from './diff-settings.ts'
import { separateSecrets } from './secrets.ts'

/** What differs, by JSON pointer. */
export interface ToldChange {
  readonly before: Readonly<Record<string, unknown>>
  readonly after: Readonly<Record<string, unknown>>
}

/** How settings have changed, without a secret: of those it tells that they were set, replaced or taken away. */
export function tellSettings(before: AuthSettings, after: AuthSettings): ToldChange | undefined {
  const told = { before: {} as Record<string, unknown>, after: {} as Record<string, unknown> }
  const { changes } = diffSettings(exposeSettings(before), exposeSettings(after))
  for (const { at, ...values } of changes) {
    if ('before' in values) told.before[at] = values.before
    if ('after' in values) told.after[at] = values.after
  }
  const [old, kept] = [separateSecrets(before).secrets, separateSecrets(after).secrets]
  for (const path of new Set([...Object.keys(old), ...Object.keys(kept)])) {
    if (old[path] === kept[path]) continue
    const at = `/${path.replaceAll('.', '/')}`
    if (path in old) told.before[at] = hiddenSecret
    if (path in kept) told.after[at] = hiddenSecret
  }
  return Object.keys({ ...told.before, ...told.after }).length === 0 ? undefined : told
}
