import {
  AlertRule,
  alertsProblems,
  BackTestReply,
  BackTestRequest,
  RuleChange,
  RuleDraft,
  RulesReply,
} from '@cloudbox/protocol/alerts'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { sql } from '../../../kernel/sql.ts'
import { uuidV7 } from '../../../lib/uuid-v7.ts'
import type { AlertsDeps } from '../deps.ts'
import { conditionKey, readStates, type StoredState } from '../evaluating/stored-states.ts'
import { backTest } from '../judging/back-test.ts'
import { checkCondition } from './check-rule.ts'
import { completeRule, defaultRules, definitionOf, type RuleDefinition } from './default-rules.ts'
import { lockRules, readRules, removeRule, saveRule, type Rule } from './stored-rules.ts'

const dayMs = 86_400_000
const mostIncidents = 100

/** Rules of an environment. */
export function ruleRoutes(deps: AlertsDeps): Route[] {
  const { db, clock, config, authorOf, operationAt, readFrames } = deps
  const show = async (environmentId: string, rule: Rule) => {
    const states = await readStates(db, environmentId)
    return showRule(rule, states)
  }
  return [
    route(
      'GET /alerts/rules',
      {
        summary: 'What is watched, and how it stands',
        access: 'secret',
        permission: 'alerts.read',
        reply: RulesReply,
      },
      async ({ environment }) => {
        const [rules, states] = await Promise.all([
          readRules(db, environment.id),
          readStates(db, environment.id),
        ])
        return { json: { rules: rules.map(rule => showRule(rule, states)) } }
      },
    ),
    route(
      'POST /alerts/rules',
      {
        summary: 'Watch something',
        access: 'secret',
        permission: 'alerts.change',
        body: RuleDraft,
        reply: AlertRule,
        problems: [alertsProblems['invalid-rule'], alertsProblems['too-many']],
      },
      async request => {
        const { environment, body } = request
        const definition = completeRule(body)
        checkCondition(definition.condition)
        const id = uuidV7()
        await db.transaction(async tx => {
          await lockRules(tx, environment.id)
          await checkChannels(tx, environment.id, definition)
          if ((await readRules(tx, environment.id)).length >= config.mostRules)
            throw new Problem(
              alertsProblems['too-many'],
              `An environment has at most ${config.mostRules} rules.`,
            )
          await saveRule(tx, environment.id, id, definition)
          await authorOf(request).record(tx, { action: 'alert-rule.created', subject: id, after: definition })
        })
        const rule = { ...definition, id, isDefault: false, isChanged: false }
        return { status: 201, json: await show(environment.id, rule) }
      },
    ),
    route(
      'PATCH /alerts/rules/:rule',
      {
        summary: 'Change a rule',
        description:
          'What is not named stays. Where the condition becomes another one, an incident that is open ends.',
        access: 'secret',
        permission: 'alerts.change',
        body: RuleChange,
        reply: AlertRule,
        problems: [alertsProblems['not-found'], alertsProblems['invalid-rule']],
      },
      async request => {
        const { environment, params, body } = request
        const changed = await db.transaction(async tx => {
          await lockRules(tx, environment.id)
          const before = await findRule(tx, environment.id, params.rule)
          const definition = definitionOf({ ...before, ...body })
          checkCondition(definition.condition)
          if (body.channels !== undefined) await checkChannels(tx, environment.id, definition, before)
          const isSame = isSameRule(definitionOf(before), definition)
          if (!isSame) {
            await saveRule(tx, environment.id, before.id, definition)
            const told = { before: definitionOf(before), after: definition }
            await authorOf(request).record(tx, { action: 'alert-rule.changed', subject: before.id, ...told })
          }
          return isSame ? before : { ...before, ...definition, isChanged: before.isDefault }
        })
        return { json: await show(environment.id, changed) }
      },
    ),
    route(
      'DELETE /alerts/rules/:rule',
      {
        summary: 'Remove a rule, or bring a default back to what it was',
        description: 'A default is never gone: switch it off with `isOn`.',
        access: 'secret',
        permission: 'alerts.change',
        problems: [alertsProblems['not-found']],
      },
      async request => {
        const { environment, params } = request
        await db.transaction(async tx => {
          await lockRules(tx, environment.id)
          const rule = await findRule(tx, environment.id, params.rule)
          if (rule.isDefault && !rule.isChanged) return
          await removeRule(tx, environment.id, rule.id)
          const before = definitionOf(rule)
          await authorOf(request).record(tx, { action: 'alert-rule.removed', subject: rule.id, before })
        })
        return { status: 204 }
      },
    ),
    route(
      'POST /alerts/rules/back-test',
      {
        summary: 'How often a rule would have fired in the last days',
        description:
          'Judged from what was counted, by the code that judges live. Older times are known by the minute or the hour only, and `measured` says which.',
        access: 'secret',
        permission: 'alerts.read',
        body: BackTestRequest,
        reply: BackTestReply,
        problems: [alertsProblems['invalid-rule']],
      },
      async ({ environment, body }) => {
        const { condition, resolveMinutes = 5, severity = 'page', days = 14 } = body
        checkCondition(condition)
        const to = clock.now()
        const from = to - days * dayMs
        const wanted = { from, minutesFrom: from, secondsFrom: from, to }
        const tester = backTest({ condition, resolveMinutes, severity }, operationAt)
        const measured: { from: number; to: number; step: number }[] = []
        let measuredMs = 0
        for await (const frame of readFrames(environment.id, wanted)) {
          const { at, stepMs: step } = frame
          tester.feed(frame)
          measuredMs += step
          const last = measured.at(-1)
          if (last?.step === step) last.to = at + step
          else measured.push({ from: at, to: at + step, step })
        }
        const incidents = tester.incidents()
        return {
          json: {
            from,
            to,
            times: incidents.length,
            incidents: incidents.toReversed().slice(0, mostIncidents),
            measured,
            measuredMs,
          } satisfies BackTestReply,
        }
      },
    ),
  ]
}

async function findRule(db: Queryable, environmentId: string, id: string): Promise<Rule> {
  const rules = await readRules(db, environmentId)
  const rule = rules.find(one => one.id === id)
  if (rule !== undefined) return rule
  throw new Problem(alertsProblems['not-found'], `There is no rule ${id} here.`, {
    hint: `The defaults are ${[...defaultRules.keys()].join(' and ')}.`,
  })
}

/** Refuses channels that are not there, but for those that the rule has named before. */
async function checkChannels(
  db: Queryable,
  environmentId: string,
  { channels }: RuleDefinition,
  before?: RuleDefinition,
): Promise<void> {
  if (channels === null) return
  const rows = await db.query<{ id: string }>(sql`
    select id::text as id from cloudbox.alerts_channels where environment_id = ${environmentId}`)
  const known = new Set([...rows.map(({ id }) => id), ...(before?.channels ?? [])])
  const errors = channels.flatMap((id, i) =>
    known.has(id) ? [] : [{ at: `/channels/${i}`, message: `There is no channel ${id} here.` }],
  )
  if (errors.length > 0) throw new Problem(alertsProblems['invalid-rule'], errors[0]!.message, { errors })
}

function isSameRule(
  { condition, ...rest }: RuleDefinition,
  { condition: other, ...others }: RuleDefinition,
): boolean {
  return conditionKey(condition) === conditionKey(other) && JSON.stringify(rest) === JSON.stringify(others)
}

function showRule(rule: Rule, states: readonly StoredState[]): AlertRule {
  const { id, isDefault, isChanged } = rule
  const known = rule.isOn
    ? states.find(({ ruleId, condition }) => ruleId === id && condition === conditionKey(rule.condition))
    : undefined
  const state = known?.state ?? { phase: 'ok' }
  return {
    id,
    isDefault,
    isChanged,
    ...definitionOf(rule),
    state: {
      phase: state.phase,
      since: state.phase === 'ok' ? null : state.since,
      value: known?.value ?? null,
      at: known?.at ?? null,
    },
  }
}
