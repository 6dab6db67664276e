/**
 * usage: how much is used and by how many, without anything about anybody.
 *
 * How it flows: the kernel tells of every request once, and of who connects (counting); who asked waits in memory until it is made a
 * pseudonym with a salt of the day, the week or the month, and goes into a sketch (people); one process collects from all every
 * minute, writes, destroys salts whose time is over and keeps the numbers (storing). Questions are answered from those
 * (reading); whether it is true is looked up in what is stored (audit).
 *
 * Guarantees: no address, browser, user or pseudonym is ever written; after its period no sketch can be asked for anybody, for its
 * salt is gone; people are counted within 0.8 % (standard error); requests wait for none of it. See ADR 41.
 * It is not: how fast and how well (monitoring), or who did what (audit of platform).
 */
import { defineModule } from '../../kernel/module.ts'
import { repeat } from '../../kernel/repeat.ts'
import { platform } from '../platform/module.ts'
import { auditRoute } from './audit/audit-route.ts'
import { usageConfig } from './config.ts'
import { Recorder } from './counting/recorder.ts'
import type { UsageDeps } from './deps.ts'
import { Crowd } from './people/crowd.ts'
import { Salts } from './people/salts.ts'
import { usageRoutes } from './reading/usage-routes.ts'
import { Collector, takeQuestion } from './storing/collector.ts'

const collectMs = 60_000

export const usage = defineModule({
  name: 'usage',
  needs: { platform },
  config: usageConfig,
  migrations: new URL('./migrations/', import.meta.url),
  start({ db, clock, log, peers, observer, config }, { platform }) {
    const salts = new Salts(db)
    const recorder = new Recorder({
      clock,
      salts,
      crowd: new Crowd(salts),
      present: () => observer.present(),
    })
    // One process writes; where there are workers, that is the one that starts them and serves nobody.
    const collects = config.counting && peers.worker === undefined
    const collector = new Collector({
      db,
      clock,
      log,
      peers,
      salts,
      keptDays: config.keptDays,
      environmentIds: platform.everyEnvironmentId,
    })
    const stopHearing = config.counting
      ? [
          observer.hear(observation => recorder.hear(observation)),
          observer.hearPresence(presence => recorder.meets(presence)),
        ]
      : []
    peers.answer(takeQuestion, () => recorder.take())
    const collecting = collects
      ? repeat(collectMs, log, 'usage.collect', () => collector.collect(), clock)
      : undefined
    const deps: UsageDeps = {
      db,
      clock,
      keptDays: config.keptDays,
      keysOf: platform.keysOf,
      environmentsOf: platform.environmentsOf,
      environmentsOfProject: platform.environmentsOfProject,
      environments: platform.environments,
    }

    return {
      routes: [...usageRoutes(deps), auditRoute(deps)],
      ready: async () => {
        if (config.counting) await salts.ensure(clock.now())
      },
      stop: () => collecting?.stop(),
      end: async () => {
        for (const stop of stopHearing) stop()
        if (!config.counting) return
        const last = recorder.take()
        await last
          .then(report => collector.write(report))
          .catch((error: unknown) => log.warn('usage.write-failed', { error }))
      },
    }
  },
})
