/**
 * status: a page that tells everybody how an environment does. Closed until somebody opens it.
 *
 * How it flows: what monitoring has counted becomes a state and ninety days (summarise); the page asks for them. An answer is
 * kept for ten seconds, so that a crowd on the page costs what one visitor costs; days that are over are counted once.
 *
 * It is not: an alert (alerts tells those who run it).
 */
import type { StatusSummary } from '@cloudbox/protocol/status'
import type { Environment } from '../../kernel/caller.ts'
import { on } from '../../kernel/events.ts'
import { defineModule } from '../../kernel/module.ts'
import { monitoring } from '../monitoring/module.ts'
import { directoryChanged, platform } from '../platform/module.ts'
import { readParts, type PastDays } from './read-parts.ts'
import { readSettings } from './settings.ts'
import { statusRoutes } from './status-routes.ts'
import { Summaries } from './summaries.ts'
import { dayMs, daysOf, goodPart, nowMs, shownDays, stateOf } from './summarise.ts'

export const status = defineModule({
  name: 'status',
  needs: { monitoring, platform },
  migrations: new URL('./migrations/', import.meta.url),
  start({ db, clock }, { monitoring: { readRequestCounts, retention }, platform }) {
    const summarise = async (environment: Environment, past: PastDays): Promise<StatusSummary | null> => {
      const { isPublic, title, message } = await readSettings(db, environment.id)
      if (!isPublic) return null
      const to = clock.now()
      const firstDay = beginOfDay(Math.max(to - (shownDays - 1) * dayMs, to - retention.hoursDays * dayMs))
      const read = (from: number) =>
        readRequestCounts(environment.id, { from, minutesFrom: to - 2 * nowMs, secondsFrom: to - nowMs, to })
      const parts = await readParts(past, read, { firstDay, now: to })
      return {
        title: title === '' ? environment.project : title,
        message,
        state: stateOf(parts, to),
        days: daysOf(parts, to),
        good: goodPart(parts),
        at: to,
      }
    }
    const summaries = new Summaries(clock, summarise)
    return {
      routes: statusRoutes({
        db,
        authorOf: platform.authorOf,
        readSummary: environment => summaries.read(environment),
        forget: environment => summaries.forget(environment.id),
      }),
      listeners: [
        on(directoryChanged, async (_changed, { xid }) => {
          await platform.knows(xid)
          summaries.keepOnly(new Set(platform.environments().map(({ id }) => id)))
        }),
      ],
    }
  },
})

function beginOfDay(at: number): number {
  return Math.floor(at / dayMs) * dayMs
}
