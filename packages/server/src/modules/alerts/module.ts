/**
 * alerts: tells somebody when something goes wrong, and when it is over.
 *
 * How it flows: monitoring tells of every ten seconds it has written → each rule judges them (judging, pure) → how it stands
 * goes into the database with the notices that somebody wants to hear (evaluating) → they are sent from there, again until
 * they arrive (notices). A back-test feeds the same code with what is stored.
 *
 * Guarantees: an incident is told once per channel, however the server ends, and so is its end; what a silence holds back is
 * kept; receivers that are slow hold up nobody but their own environment; addresses of the web are sealed and never shown;
 * every request goes past the egress guard.
 * It is not: what counts (monitoring), or a list of what went wrong (logs).
 */
import { defineModule } from '../../kernel/module.ts'
import { auth } from '../auth/module.ts'
import { monitoring, type CountedWindow } from '../monitoring/module.ts'
import { platform } from '../platform/module.ts'
import { channelRoutes } from './channels/channel-routes.ts'
import { alertsConfig } from './config.ts'
import type { AlertsDeps } from './deps.ts'
import { Evaluator } from './evaluating/evaluator.ts'
import { forget } from './evaluating/forget.ts'
import { Heartbeat } from './evaluating/heartbeat.ts'
import { noteEvaluation, readWatch } from './evaluating/watch.ts'
import { incidentRoutes } from './incidents/incident-routes.ts'
import { Deliverer } from './notices/deliverer.ts'
import { ruleRoutes } from './rules/rule-routes.ts'
import { silenceRoutes } from './silences/silence-routes.ts'
import { watchMetrics } from './evaluating/watch-metrics.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** As finely as the longest conditions look: older is read by the hour, newer by the minute. */
const secondsReachMs = 63 * 60_000
const minutesReachMs = 7 * hourMs

export const alerts = defineModule({
  name: 'alerts',
  needs: { platform, auth, monitoring },
  config: alertsConfig,
  migrations: new URL('./migrations/', import.meta.url),
  start({ db, clock, log, vault, publicUrl, config }, { platform, auth, monitoring }) {
    const { operationAt, retention } = monitoring
    const readFrames: AlertsDeps['readFrames'] = (environmentId, wanted) => {
      const now = clock.now()
      // A window is still there for a moment longer than it has to be; nobody relies on that.
      const secondsFrom = Math.max(wanted.secondsFrom, now - retention.secondsHours * hourMs)
      const minutesFrom = Math.max(wanted.minutesFrom, now - retention.minutesDays * dayMs)
      return monitoring.readFrames(environmentId, { ...wanted, secondsFrom, minutesFrom })
    }
    const deps: AlertsDeps = {
      db,
      clock,
      log,
      vault,
      config,
      publicUrl,
      authorOf: platform.authorOf,
      mails: {
        canSend: auth.mails.canSend,
        enqueue: (tx, environment, to, variables) =>
          auth.mails.enqueue(tx, environment, { kind: 'alert', to, languages: [], variables }),
        fateOf: auth.mails.fateOf,
      },
      operationAt,
      environments: platform.environments,
      readFrames,
    }
    const evaluator = new Evaluator({
      db,
      log,
      environments: platform.environments,
      operationAt,
      readFrames: (environmentId, from, to) =>
        readFrames(environmentId, {
          from,
          minutesFrom: to - minutesReachMs,
          secondsFrom: to - secondsReachMs,
          to,
        }),
    })
    const deliverer = new Deliverer(deps)
    const heartbeat = new Heartbeat({
      db,
      clock,
      log,
      url: config.heartbeatUrl,
      everyMs: config.heartbeatMs,
    })
    let judgedAt: number | null | undefined
    let forgotAt = -Infinity
    let isFailing = false

    const judge = async (windows: readonly CountedWindow[]) => {
      try {
        const isJudged = (await evaluator.hear(windows)) > 0
        const now = clock.now()
        if (isJudged) {
          judgedAt ??= (await readWatch(db)).evaluatedAt
          await noteEvaluation(db, judgedAt, now)
          judgedAt = now
        }
        if (Math.abs(now - forgotAt) >= hourMs) {
          await forget(db, config.keptDays, now, await platform.everyEnvironmentId())
          forgotAt = now
        }
        isFailing = false
        if (isJudged) heartbeat.judged()
      } catch (error) {
        // Every ten seconds would be too often to say the same.
        if (!isFailing) log.error('alerts.judging-failed', { error })
        isFailing = true
      }
      deliverer.wake()
    }
    if (monitoring.collects) monitoring.hearWritten(judge)
    monitoring.addMetrics(() => watchMetrics(db))

    return {
      routes: [...incidentRoutes(deps), ...ruleRoutes(deps), ...channelRoutes(deps), ...silenceRoutes(deps)],
      ready: () => {
        if (monitoring.collects) deliverer.wake()
      },
      stop: async () => {
        await Promise.all([deliverer.stop(), heartbeat.stop()])
      },
    }
  },
})
