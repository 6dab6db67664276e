import type { OnlineChangeReply } from '@cloudbox/protocol/schema-changes'
import { showProgress, type Progress } from '../terminal/progress.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { harmless } from '../terminal/text.ts'
import { changeText } from './change-text.ts'
import { Rate } from './rate.ts'

/** How often a line is written where none can be written over. */
const plainMs = 10_000

/** Tells on standard error how far a change is: a bar at a terminal, elsewhere a line now and then. */
export function showChange(terminal: Terminal): {
  tell(change: OnlineChangeReply): void
  end: Progress['end']
} {
  const bar = showProgress(terminal)
  const rate = new Rate()
  let toldAt = -Infinity
  return {
    tell(change) {
      const now = performance.now()
      if (change.phase === 'backfill') rate.add(now, change.rowsDone)
      const text = `${nameOf(change)} ${changeText(change, { perSecond: rate.perSecond })}`
      if (terminal.showsProgress) return bar.tell(text)
      if (now - toldAt < plainMs) return
      toldAt = now
      terminal.stderr.write(`${text}\n`)
    },
    end: bar.end,
  }
}

/** What it changes: `people.age`. */
export function nameOf({
  collection,
  field,
  index,
}: Pick<OnlineChangeReply, 'collection' | 'field' | 'index'>): string {
  return harmless(field === null ? `index ${index} of ${collection}` : `${collection}.${field}`)
}
