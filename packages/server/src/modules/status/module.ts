/**
 * status: a page that tells everybody how an environment does. Closed until somebody opens it.
 *
 * How it flows: what monitoring has counted becomes a state and ninety days (summarise); the page asks for them. An answer is
 * kept for ten seconds, so that a crowd on the page costs what one visitor costs.
 *
 * It is not: an alert (alerts tells those who run it).
 */
import type { StatusSummary } from '@cloudbox/protocol/status'
import { LRUCache } from 'lru-cache'
import type { Environment } from '../../kernel/caller.ts'
import { defineModule } from '../../kernel/module.ts'
import { monitoring, Point, type Frame } from '../monitoring/module.ts'
import { platform } from '../platform/module.ts'
import { readSettings } from './settings.ts'
import { statusRoutes } from './status-routes.ts'
import { dayMs, daysOf, goodPart, nowMs, shownDays, stateOf, type Asked } from './summarise.ts'

const keptMs = 10_000

export const status = defineModule({
  name: 'status',
  needs: { monitoring, platform },
  migrations: new URL('./migrations/', import.meta.url),
  start({ db, clock }, { monitoring: { readFrames, operationAt }, platform: { authorOf } }) {
    const asked = ({ at, own }: Frame): Asked => {
      const point = new Point()
      for (const [key, tally] of own?.tallies ?? [])
        if (operationAt(Math.floor(key / 4)).kind === 'request') point.add(tally, key % 4)
      return { at, requests: point.all.count, failed: point.errors }
    }
    const summarise = async (environment: Environment): Promise<StatusSummary | null> => {
      const { isPublic, title, message } = await readSettings(db, environment.id)
      if (!isPublic) return null
      const to = clock.now()
      const today = Math.floor(to / dayMs) * dayMs
      const frames = readFrames(environment.id, {
        from: today - (shownDays - 1) * dayMs,
        minutesFrom: to - 2 * nowMs,
        secondsFrom: to - nowMs,
        to,
      })
      const parts: Asked[] = []
      for await (const frame of frames) parts.push(asked(frame))
      return {
        title: title === '' ? environment.project : title,
        message,
        state: stateOf(parts, to),
        days: daysOf(parts, to),
        good: goodPart(parts),
        at: to,
      }
    }
    const kept = new LRUCache<string, Promise<StatusSummary | null>>({ max: 1000, ttl: keptMs })
    const readSummary = (environment: Environment) => {
      const known = kept.get(environment.id)
      if (known !== undefined) return known
      const made = summarise(environment)
      kept.set(environment.id, made)
      made.catch(() => kept.delete(environment.id))
      return made
    }
    return {
      routes: statusRoutes({
        db,
        authorOf,
        readSummary,
        forget: environment => void kept.delete(environment.id),
      }),
    }
  },
})
