import { createHmac } from 'node:crypto'
import type { Actor } from '../../../kernel/caller.ts'

/** What was done, as whoever does it tells. Secrets never stand in it. */
export interface AuditEntry {
  /** `<noun>.<verb past>`: `project.created`. */
  readonly action: string
  /** As `projects/shop/environments/dev`; `''`: the organisation itself. */
  readonly place?: string
  /** What it was done to there. */
  readonly subject: string
  readonly before?: unknown
  readonly after?: unknown
}

/** Who does it, and in which request. */
export interface By {
  readonly actor: Actor
  readonly requestId?: string | undefined
  readonly ip?: string | undefined
}

/** The server itself. */
export const bySystem: By = { actor: { kind: 'system', id: 'system', name: 'CloudBox' } }

/** An entry as it is kept. */
export interface KeptEntry {
  readonly number: number
  /** ISO 8601, microseconds, UTC. */
  readonly at: string
  readonly actorKind: string
  readonly actorId: string
  readonly actorName: string
  readonly action: string
  readonly place: string
  readonly subject: string
  /** JSON text, as it is kept. */
  readonly before: string | null
  readonly after: string | null
  readonly requestId: string | null
  readonly ip: string | null
}

/** The hash of an entry: keyed, and over the hash before it, so that none can be changed, left out or moved. */
export function hashEntry(key: Buffer, previous: Buffer, entry: KeptEntry): Buffer {
  const { number, at, actorKind, actorId, actorName, action, place, subject } = entry
  const facts = [number, at, actorKind, actorId, actorName, action, place, subject]
  const rest = [entry.before, entry.after, entry.requestId, entry.ip]
  return createHmac('sha256', key)
    .update(previous)
    .update(JSON.stringify([...facts, ...rest]))
    .digest()
}

/** What stands before the first entry. */
export const chainStart = Buffer.alloc(32)
