import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'
import type { Collection } from '../collection.ts'
import type { PlannedOrder } from './plan.ts'

/** Of the form of a cursor; another version answers `data/invalid-cursor`. */
const version = 1

/** The cursor behind a document: opaque to clients, tied to the order it was made for. `keys` is the JSON array of its order keys. */
export function writeCursor(keys: string, collection: Collection, order: readonly PlannedOrder[]): string {
  return Buffer.from(`[${version},${JSON.stringify(orderText(collection, order))},${keys}]`).toString(
    'base64url',
  )
}

/** The keys in a cursor, as Postgres text. */
export function readCursor(
  cursor: string,
  collection: Collection,
  order: readonly PlannedOrder[],
): (string | null)[] {
  const value = decode(cursor)
  if (!Array.isArray(value) || value.length !== 3 || value[0] !== version)
    throw new Problem(dataProblems['invalid-cursor'], 'This is no cursor of this server.', {
      hint: 'Send the header x-cloudbox-next-cursor of the page before, unchanged.',
    })
  const [, text, keys] = value as unknown[]
  const isFitting =
    text === orderText(collection, order) &&
    Array.isArray(keys) &&
    keys.length === order.length &&
    keys.every((key, i) => typeof key === 'string' || (key === null && order[i]!.mayBeNull))
  if (!isFitting)
    throw new Problem(
      dataProblems['invalid-cursor'],
      'The cursor was made for another collection or another order.',
    )
  return keys as (string | null)[]
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

function orderText(collection: Collection, order: readonly PlannedOrder[]): string {
  const terms = order.map(({ path, direction, nulls }) =>
    [path.column, ...path.keys, path.asText ? '>>' : '', direction, nulls].join('.'),
  )
  return `${collection.name}:${terms.join(',')}`
}
