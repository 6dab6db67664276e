import type { Transaction } from '../../kernel/stream.ts'
import { netEffects, writeEffects } from './effect.ts'
import { txFrame, type Frame } from './frame.ts'
import type { Group } from './group.ts'
import { effectsOf } from './read-answer.ts'

/** A frame that makes up for missed commits, and up to where. Made when it is sent: there may be many. */
export interface MakeUp {
  readonly lsn: string
  readonly frame: () => Frame
}

/**
 * What tells a client of a group the commits it has missed up to `position`: one frame with the net changes, or one a
 * commit where nothing may be left out. Undefined when they do not tell their rows, or too many.
 */
export function makeUp(
  group: Group,
  missed: readonly Transaction[],
  position: string,
  mostRows: number,
): Iterable<MakeUp> | undefined {
  if (group.delivery.isLossless) return isTold(group, missed) ? commitByCommit(group, missed) : undefined
  const effects = effectsOf(group, missed)
  const net = effects && netEffects(effects)
  if (net === undefined || net.length > mostRows) return undefined
  if (net.length === 0) return []
  const atMs = missed.at(-1)!.committedAtMs
  return [{ lsn: position, frame: () => txFrame(position, atMs, writeEffects(group.number, net)) }]
}

function* commitByCommit(group: Group, missed: readonly Transaction[]): Iterable<MakeUp> {
  for (const transaction of missed) {
    const effects = effectsOf(group, [transaction])!
    if (effects.length === 0) continue
    const { lsn, committedAtMs } = transaction
    yield { lsn, frame: () => txFrame(lsn, committedAtMs, writeEffects(group.number, effects)) }
  }
}

function isTold({ query }: Group, missed: readonly Transaction[]): boolean {
  const { schema, name } = query.collection
  return missed.every(({ changes }) =>
    changes.every(
      change =>
        (change.kind !== 'bulk' && change.kind !== 'truncate') ||
        change.table.name !== name ||
        change.table.schema !== schema,
    ),
  )
}
