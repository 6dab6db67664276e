import type { Cohort } from '@cloudbox/protocol/usage'

/** What one cell of the triangle tells. */
export interface RetentionCell {
  readonly users: number | null
  /** So few that their number is not told. */
  readonly isFew: boolean
  /** Of those who were active in their first week. Null where that cannot be said. */
  readonly share: number | null
  /** The week that goes on: more may come. */
  readonly isOpen: boolean
}

/** Cells of a cohort, its first week first. */
export function cellsOf({ users, isFew }: Cohort): RetentionCell[] {
  const [first = null] = users
  return users.map((count, week) => ({
    users: count,
    isFew: isFew[week] ?? false,
    share: count === null || first === null || first === 0 ? null : count / first,
    isOpen: week === users.length - 1,
  }))
}

/** All cohorts together: how many came back after so many weeks, of those for whom that week is over. */
export function together(cohorts: readonly Cohort[], week: number): number | null {
  let [active, all] = [0, 0]
  for (const cohort of cohorts) {
    const cell = cellsOf(cohort)[week]
    if (cell === undefined || cell.isOpen || cell.share === null) continue
    active += cell.users!
    all += cohort.users[0]!
  }
  return all === 0 ? null : active / all
}
