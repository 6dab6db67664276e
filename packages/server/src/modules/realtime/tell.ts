import { writeEffects, type Effect } from './effect.ts'
import { txFrame, type Frame } from './frame.ts'
import type { Group } from './group.ts'
import type { Receiver } from './subscription.ts'

/**
 * Sends what one commit means to each group. Every receiver gets one frame; those with the same groups get the same
 * bytes.
 */
export function tell(
  lsn: string,
  committedAtMs: number,
  touched: readonly { readonly group: Group; readonly effects: readonly Effect[] }[],
): void {
  const groups = touched.filter(({ effects }) => effects.length > 0)
  const texts = groups.map(({ group, effects }) => writeEffects(group.number, effects))
  if (groups.length === 1) {
    const frame = txFrame(lsn, committedAtMs, texts[0]!)
    for (const receiver of groups[0]!.group.receivers()) receiver.send(frame)
    return
  }
  const partsOf = new Map<Receiver, number[]>()
  groups.forEach(({ group }, part) => {
    for (const receiver of group.receivers()) {
      const parts = partsOf.get(receiver)
      if (parts === undefined) partsOf.set(receiver, [part])
      else parts.push(part)
    }
  })
  const frames = new Map<string, Frame>()
  for (const [receiver, parts] of partsOf) {
    const key = parts.join(' ')
    let frame = frames.get(key)
    if (frame === undefined) {
      frame = txFrame(lsn, committedAtMs, parts.map(part => texts[part]!).join(','))
      frames.set(key, frame)
    }
    receiver.send(frame)
  }
}
