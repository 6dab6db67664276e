import { writeEffects, type AnswerRow, type Effect } from './effect.ts'
import { txFrame, type Frame } from './frame.ts'
import type { Group } from './group.ts'
import type { Receiver } from './subscription.ts'

/** What a group's clients are to be told. */
export interface News {
  readonly group: Group
  readonly effects: readonly Effect[]
  /** They have been told everything up to here. */
  readonly since: string
  /** What they see of a window so far. */
  readonly shown: readonly AnswerRow[] | undefined
}

/**
 * Sends what one commit means to each group. Every receiver gets one frame; those with the same groups get the same
 * bytes. Who lags gets nothing, and is behind from here on.
 *
 * @returns how many receivers of each group were told
 */
export function tell(lsn: string, committedAtMs: number, news: readonly News[]): number[] {
  const texts = news.map(({ group, effects }) => writeEffects(group.number, effects))
  const [only] = news
  if (news.length === 1) {
    const frame = txFrame(lsn, committedAtMs, texts[0]!)
    return [hearers(only!, receiver => receiver.send(frame))]
  }
  const partsOf = new Map<Receiver, number[]>()
  const told = news.map((part, index) =>
    hearers(part, receiver => {
      const parts = partsOf.get(receiver)
      if (parts === undefined) partsOf.set(receiver, [index])
      else parts.push(index)
    }),
  )
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
  return told
}

function hearers({ group, since, shown }: News, hear: (receiver: Receiver) => void): number {
  let count = 0
  for (const [receiver, subscription] of group.members) {
    if (subscription.stage !== 'live') continue
    if (receiver.isLagging) subscription.fallBehind(since, group.delivery.isLossless ? 'gap' : 'slow', shown)
    else {
      hear(receiver)
      count++
    }
  }
  return count
}
