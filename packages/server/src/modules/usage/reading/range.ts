import { httpProblems } from '@cloudbox/protocol/http'
import { Type } from 'typebox'
import { Problem } from '../../../kernel/problem.ts'
import { addDays, dayOf, msOf } from '../people/periods.ts'

/** Parameters that say of which days is told. */
export const rangeQuery = {
  from: Type.Optional(
    Type.String({ description: 'A day, `2026-03-01`, or how long ago: `-30d`; `-29d` unless told.' }),
  ),
  to: Type.Optional(Type.String({ description: 'The last day that is told; today unless told.' })),
}

/** Days that are told, both included. */
export interface Days {
  readonly from: string
  readonly to: string
}

/** Reads them; throws a Problem with the place of what is none. */
export function readDays(
  { from = '-29d', to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
  mostDays: number,
): Days {
  const today = dayOf(now)
  const days = {
    from: readDay(from, '?/from', today),
    to: to === undefined ? today : readDay(to, '?/to', today),
  }
  if (days.from > days.to) throw wrong('?/from', 'is after to')
  if (addDays(days.from, mostDays) < days.to)
    throw wrong('?/from', `is more than ${mostDays} days before to: longer nothing is kept`)
  return days
}

/** Every day of them. */
export function daysOf({ from, to }: Days): string[] {
  const days: string[] = []
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day)
  return days
}

function readDay(text: string, at: string, today: string): string {
  const [, ago] = /^-(\d{1,4})d$/.exec(text) ?? []
  if (ago !== undefined) return addDays(today, -Number(ago))
  // Postgres knows no year 0.
  const isDay =
    /^(?!0000)\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(msOf(text)) && dayOf(msOf(text)) === text
  if (isDay) return text
  throw wrong(at, 'is no day: write 2026-03-01, or how long ago, as -30d')
}

function wrong(at: string, message: string): Problem {
  return new Problem(httpProblems['invalid-request'], `${at} ${message}.`, { errors: [{ at, message }] })
}
