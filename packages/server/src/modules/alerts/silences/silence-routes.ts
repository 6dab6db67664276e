import { alertsProblems, Silence, SilenceDraft, SilencesReply } from '@cloudbox/protocol/alerts'
import { httpProblems } from '@cloudbox/protocol/http'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { uuidV7 } from '../../../lib/uuid-v7.ts'
import type { AlertsDeps } from '../deps.ts'
import { readRules } from '../rules/stored-rules.ts'
import { addSilence, countSilences, endSilence, findSilence, listSilences } from './stored-silences.ts'

const longestMs = 90 * 86_400_000

/** Times in which nothing is sent. */
export function silenceRoutes({ db, clock, config, authorOf }: AlertsDeps): Route[] {
  return [
    route(
      'GET /alerts/silences',
      {
        summary: 'Times in which alerts are not sent: that are on, to come, and the last 100 that are over',
        access: 'secret',
        permission: 'alerts.read',
        reply: SilencesReply,
      },
      async ({ environment }) => ({
        json: { silences: await listSilences(db, environment.id, clock.now()) },
      }),
    ),
    route(
      'POST /alerts/silences',
      {
        summary: 'Send nothing for a while',
        description:
          'Rules are judged all the same, and what would have been sent is kept. What still fires when it ends is told then.',
        access: 'secret',
        permission: 'alerts.change',
        body: SilenceDraft,
        reply: Silence,
        problems: [alertsProblems['not-found'], alertsProblems['too-many'], httpProblems['invalid-request']],
      },
      async request => {
        const { environment, body } = request
        const now = clock.now()
        const { from = now, to, rule = null, reason } = body
        if (to <= from || to <= now) throw wrong('/to', 'it has to end after its begin, and after now')
        if (to - from > longestMs) throw wrong('/to', 'it lasts for more than 90 days: switch the rule off')
        if (rule !== null && !(await readRules(db, environment.id)).some(({ id }) => id === rule))
          throw new Problem(alertsProblems['not-found'], `There is no rule ${rule} here.`)
        const author = authorOf(request)
        const { kind, id: actorId, name } = author.actor
        const id = uuidV7()
        const by = name === '' ? `${kind} ${actorId}` : name
        await db.transaction(async tx => {
          if ((await countSilences(tx, environment.id, now)) >= config.mostSilences)
            throw new Problem(
              alertsProblems['too-many'],
              `An environment has at most ${config.mostSilences} silences that are not over.`,
              { hint: 'End one of them, or silence the whole environment instead of rule after rule.' },
            )
          await addSilence(tx, { id, environmentId: environment.id, from, to, rule, reason, by })
          const after = { rule, from, to, reason }
          await author.record(tx, { action: 'alert-silence.created', subject: id, after })
        })
        const isOn = from <= now && to > now
        return { status: 201, json: { id, rule, from, to, reason, by, isOn, held: 0 } satisfies Silence }
      },
    ),
    route(
      'DELETE /alerts/silences/:silence',
      {
        summary: 'End a silence now',
        access: 'secret',
        permission: 'alerts.change',
        problems: [alertsProblems['not-found']],
      },
      async request => {
        const { environment, params } = request
        const now = clock.now()
        const silence = await findSilence(db, environment.id, params.silence, now)
        if (silence === undefined)
          throw new Problem(alertsProblems['not-found'], `There is no silence ${params.silence} here.`)
        if (silence.to <= now) return { status: 204 }
        await db.transaction(async tx => {
          await endSilence(tx, environment.id, silence.id, now)
          const before = { rule: silence.rule, from: silence.from, to: silence.to, reason: silence.reason }
          await authorOf(request).record(tx, { action: 'alert-silence.ended', subject: silence.id, before })
        })
        return { status: 204 }
      },
    ),
  ]
}

function wrong(at: string, message: string): Problem {
  return new Problem(httpProblems['invalid-request'], `${at}: ${message}.`, { errors: [{ at, message }] })
}
