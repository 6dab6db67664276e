import assert from 'node:assert/strict'
import type { ServerFrame } from '@cloudbox/protocol/realtime'

/** The rows each subscription of a connection holds after these frames, by id. Complains about what cannot be. */
export function playFrames(
  frames: readonly ServerFrame[],
  mostRows: (subscription: number) => number = () => Infinity,
): Map<number, Map<string, Record<string, unknown>>> {
  const views = new Map<number, Map<string, Record<string, unknown>>>()
  const groups = new Map<number, number>()
  const view = (s: number) => {
    if (!views.has(s)) views.set(s, new Map())
    return views.get(s)!
  }
  for (const frame of frames) {
    if (frame.t === 'reset') {
      view(frame.s).clear()
      for (const [group, s] of groups) if (s === frame.s) groups.delete(group)
    } else if (frame.t === 'snap') for (const row of frame.rows) view(frame.s).set(String(row.id), row)
    else if (frame.t === 'live') groups.set(frame.g, frame.s)
    else if (frame.t === 'tx') {
      for (const [op, group, key, row] of frame.c) {
        const s = groups.get(group)!
        const rows = view(s)
        assert.equal(rows.has(key), op !== '+', `${op} of ${key} in ${s}`)
        if (op === '-') rows.delete(key)
        else rows.set(key, row)
      }
      for (const [s, rows] of views) assert.ok(rows.size <= mostRows(s), 'never more than the limit')
    }
  }
  return views
}
