import type { UsageReply, UsersOf } from '@cloudbox/protocol/usage'

/** Different users of the week and month that hold the last day that is told, and of those before. */
export function usersAround({ to, weeks, months }: Pick<UsageReply, 'to' | 'weeks' | 'months'>) {
  const monday = mondayOf(to)
  const first = firstOfMonth(to)
  return {
    week: usersOf(weeks, monday),
    weekBefore: usersOf(weeks, addDays(monday, -7)),
    month: usersOf(months, first),
    monthBefore: usersOf(months, firstOfMonth(addDays(first, -1))),
  }
}

/** A time without users has no row. */
function usersOf(periods: readonly UsersOf[], first: string): number {
  return periods.find(({ begins }) => begins === first)?.users ?? 0
}

function firstOfMonth(day: string): string {
  return `${day.slice(0, 7)}-01`
}

/** First day of the week in which a day is. */
export function mondayOf(day: string): string {
  return addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7))
}

function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}
