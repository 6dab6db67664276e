import { dayMs, sum, type Asked } from './summarise.ts'

/** What was counted last may be written an hour later, when the database was away: so long a day is not over. */
const lateMs = 2 * 3_600_000

/** Sums of days that are over, by when they began. */
export type PastDays = Map<number, Asked>

/**
 * Everything from a day on. Days that are over are counted once, and remembered as two numbers each.
 *
 * @param past what is remembered; from now on with what is over now
 * @param read what was asked from a time on until now
 */
export async function readParts(
  past: PastDays,
  read: (from: number) => AsyncIterable<Asked>,
  { firstDay, now }: { readonly firstDay: number; readonly now: number },
): Promise<Asked[]> {
  for (const day of past.keys()) if (day < firstDay) past.delete(day)
  const known: Asked[] = []
  let begin = firstDay
  for (let day = past.get(begin); day !== undefined; day = past.get((begin += dayMs))) known.push(day)
  const fresh: Asked[] = []
  for await (const part of read(begin)) fresh.push(part)
  const byDay = Map.groupBy(fresh, ({ at }) => Math.floor(at / dayMs) * dayMs)
  for (let day = begin; day + dayMs <= now - lateMs; day += dayMs)
    past.set(day, { at: day, ...sum(byDay.get(day) ?? []) })
  return [...known, ...fresh]
}
