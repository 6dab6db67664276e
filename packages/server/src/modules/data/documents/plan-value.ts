import type { Collection } from '../collection.ts'
import { readCast } from './casts.ts'
import type { Mistakes } from './mistakes.ts'
import type { ValueOutput } from './plan.ts'
import type { SelectItem } from './query.ts'
import { resolvePath } from './resolve-path.ts'

/** A value of a document under the name it is answered by. */
export function planValue(
  item: Extract<SelectItem, { kind: 'field' }>,
  collection: Collection,
  mistakes: Mistakes,
): ValueOutput | undefined {
  const path = resolvePath(item.path, collection, mistakes)
  if (path === undefined) return undefined
  const name = item.alias ?? String(item.path.keys.at(-1) ?? item.path.field)
  if (name.length > 60 || !name.isWellFormed())
    mistakes.add(item.path.at, 'the name of this value is too long', 'give it another: name:meta->key')
  if (item.cast === undefined) return { kind: 'value', name, path, cast: undefined }
  const cast = readCast(item.cast, item.path.at, mistakes)
  if (cast !== undefined && (path.field?.type === 'geopoint' || path.field?.list === true))
    mistakes.add(item.path.at, `'${item.path.field}' cannot be cast`)
  return { kind: 'value', name, path, cast }
}
