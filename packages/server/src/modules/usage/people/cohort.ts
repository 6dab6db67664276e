import { addDays, beginOf } from './periods.ts'

/** Weeks for which those of one week are followed. */
export const cohortWeeks = 12
const v7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/**
 * The week in which an account was made, as its id tells (UUIDv7 begins with the time): so nothing about it has to be remembered.
 * Undefined where the id tells nothing, or the week is too long ago.
 *
 * @param week Monday of the week that goes on
 */
export function cohortOf(userId: string, week: string): string | undefined {
  if (!v7.test(userId)) return undefined
  const madeAtMs = Number.parseInt(userId.slice(0, 8) + userId.slice(9, 13), 16)
  const cohort = beginOf('week', madeAtMs)
  return cohort <= week && cohort >= addDays(week, -7 * cohortWeeks) ? cohort : undefined
}
