import type { Promotion, Promotions } from '@cloudbox/protocol/platform-replies'
import { at, type Api } from '../api.ts'
import { command, type Outcome, type Setting } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { showMoment } from '../duration.ts'
import { failure } from '../failure.ts'
import { projectOf, projectOptions } from '../places.ts'
import { changeCount, destructiveCount, promotionText, rehearsalFailure, shortId } from '../promotion-text.ts'
import { whileWaiting } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { harmless } from '../terminal/text.ts'

const env = { description: 'The environment it was brought to' }

const promote = command({
  name: 'env promote',
  summary: 'Bring the structure of an environment to another one',
  description:
    'Compares collections, policies, settings of accounts and configuration, and tries the steps on a copy of the target. Documents and secrets do not travel. All of it is applied or nothing, and "cloudbox env undo" takes it back.\nExits with 1 when the rehearsal failed; nothing is applied then.',
  arguments: {
    from: { description: 'The environment that has what is wanted' },
    to: { description: 'The environment that gets it' },
  },
  options: {
    ...projectOptions,
    plan: { type: 'boolean', description: 'Only propose it: show what it would do, and change nothing' },
    yes: {
      type: 'string',
      value: 'NAME',
      description: 'Apply it: the name of the target, without being asked',
    },
  },
  examples: [
    'cloudbox env promote staging production --project shop --plan',
    'cloudbox env promote staging production --project shop --yes production',
  ],
  async run(setting, { arguments: { from, to }, options }) {
    const { api, terminal, isJson } = setting
    const place = { project: projectOf(setting, options), env: to }
    const { plan: isPlan = false, yes } = options
    if (isPlan && yes !== undefined)
      throw failure('usage', '--plan and --yes cannot both be.', 'Look at the plan first, then apply it.')
    const isAsked = !isPlan && yes === undefined && terminal.isInteractive
    const agree = () =>
      confirm(
        terminal,
        { name: to, what: `This changes ${place.project}/${to}.` },
        { yes, 'dry-run': undefined },
      )
    // Who cannot be asked has said so before anything is compared.
    if (!isPlan && !isAsked) await agree()
    const promotion = await whileWaiting(terminal, `Trying it on a copy of ${to}`, () =>
      api.create<Promotion>(pathOf(place), { from }),
    )
    const isGood = rehearsalFailure(promotion) === undefined
    if (isPlan || !isGood) return proposed(setting, place, promotion)
    const target = `${place.project}/${to}`
    if (isAsked) {
      const { stderr, paintError: paint } = terminal
      stderr.write(`${promotionText({ paint, width: stderr.columns ?? 80 }, promotion, target)}\n\n`)
      await agree()
    }
    const outcome = await apply(setting, place, promotion)
    if (isAsked || isJson) return outcome
    return { ...outcome, text: `${promotionText(terminal, promotion, target)}\n\n${outcome.text}` }
  },
})

const promotions = command({
  name: 'env promotions',
  summary: 'List what was proposed for an environment and what became of it',
  arguments: { env },
  options: {
    ...projectOptions,
    state: { type: 'string', value: 'STATE', description: 'Only those: proposed, applied or undone' },
  },
  examples: ['cloudbox env promotions production --project shop'],
  async run(setting, { arguments: given, options }) {
    const place = { project: projectOf(setting, options), env: given.env }
    const json = await setting.api.get<Promotions>(pathOf(place), { state: options.state })
    const rows = json.promotions.map(one => [
      shortId(one.id),
      one.source,
      one.state,
      String(changeCount(one.plan)),
      showMoment(one.undoneAt ?? one.appliedAt ?? one.proposedAt),
      one.undoneBy ?? one.appliedBy ?? one.proposedBy,
    ])
    return { json, text: table(setting.terminal, ['ID', 'FROM', 'STATE', 'CHANGES', 'SINCE', 'BY'], rows) }
  },
})

const applyProposed = command({
  name: 'env apply',
  summary: 'Apply a promotion that was proposed',
  description:
    'Exactly what was proposed; refused when the environment has changed since. --dry-run shows it once more.',
  arguments: { env, promotion: { description: 'Its id, or how that begins' } },
  options: { ...projectOptions, ...confirmOptions },
  examples: ['cloudbox env apply production 0f3c9a1e --project shop --yes production'],
  async run(setting, { arguments: given, options }) {
    const { api, terminal } = setting
    const place = { project: projectOf(setting, options), env: given.env }
    const promotion = await find(api, place, given.promotion)
    if (options['dry-run'] === true) return proposed(setting, place, promotion)
    if (promotion.state !== 'proposed')
      throw failure(
        'not-one',
        `The promotion ${shortId(promotion.id)} is ${promotion.state}.`,
        'Propose it anew: cloudbox env promote FROM TO --plan.',
      )
    const { stderr, paintError: paint, isInteractive } = terminal
    const target = `${place.project}/${place.env}`
    if (isInteractive && options.yes === undefined)
      stderr.write(`${promotionText({ paint, width: stderr.columns ?? 80 }, promotion, target)}\n\n`)
    await confirm(terminal, { name: place.env, what: `This changes ${target}.` }, options)
    return apply(setting, place, promotion)
  },
})

const undo = command({
  name: 'env undo',
  summary: 'Take a promotion back, with the data it threw away',
  description:
    'Documents written since keep what they have. Refused when the same things have changed since, or when the trash is empty: it keeps what was thrown away for 14 days.',
  arguments: {
    env,
    promotion: {
      description: 'Its id, or how that begins; the newest applied one unless told',
      optional: true,
    },
  },
  options: { ...projectOptions, ...confirmOptions },
  examples: [
    'cloudbox env undo production --project shop',
    'cloudbox env undo production 0f3c9a1e --project shop --yes production',
  ],
  async run(setting, { arguments: given, options }) {
    const { api, terminal } = setting
    const place = { project: projectOf(setting, options), env: given.env }
    const promotion =
      given.promotion === undefined
        ? await newestApplied(api, place)
        : await find(api, place, given.promotion)
    const { id, source, plan, appliedAt, appliedBy } = promotion
    const target = `${place.project}/${place.env}`
    if (appliedAt === null)
      throw failure('not-one', `The promotion ${shortId(id)} was never applied.`, seeList(place))
    const changes = changeCount(plan)
    const what = `This takes back ${changes === 1 ? 'the one change' : `the ${changes} changes`} from ${source} that ${harmless(appliedBy ?? '')} applied to ${target} ${showMoment(appliedAt)}.`
    const stopped = await confirm(terminal, { name: place.env, what }, options)
    if (stopped !== undefined) return stopped
    const json = await whileWaiting(terminal, `Undoing it in ${place.env}`, () =>
      api.post<Promotion>(`${pathOf(place)}${at`/${id}/undo`}`),
    )
    return { json, text: `Undone: ${target} is as it was before ${shortId(id)}.` }
  },
})

export const promotionCommands = [promote, promotions, applyProposed, undo]

interface Place {
  readonly project: string
  readonly env: string
}

function pathOf({ project, env: target }: Place): string {
  return at`/projects/${project}/environments/${target}/promotions`
}

/** Shows a promotion, with what to do next. */
function proposed({ terminal }: Setting, place: Place, promotion: Promotion): Outcome {
  const { id, state, plan } = promotion
  const target = `${place.project}/${place.env}`
  const isGood = rehearsalFailure(promotion) === undefined
  const secrets = plan.missingSecrets.filter(name => !name.startsWith('/'))
  const next =
    state !== 'proposed' || !isGood
      ? []
      : [`Apply it: cloudbox env apply ${place.env} ${shortId(id)} --project ${place.project}`]
  return {
    json: promotion,
    text: promotionText(terminal, promotion, target),
    notes: [
      '',
      ...secrets.map(
        name =>
          `Set first: cloudbox secrets set ${harmless(name)} --project ${place.project} --env ${place.env}`,
      ),
      ...next,
      `Nothing was changed.`,
    ],
    exitCode: isGood ? 0 : 1,
  }
}

async function apply({ api, terminal }: Setting, place: Place, { id }: Promotion): Promise<Outcome> {
  const json = await whileWaiting(terminal, `Applying it to ${place.env}`, () =>
    api.post<Promotion>(`${pathOf(place)}${at`/${id}/apply`}`),
  )
  const changes = changeCount(json.plan)
  const kept = destructiveCount(json.plan) === 0 ? '' : ' What documents lost is kept for 14 days.'
  return {
    json,
    text: `Applied ${changes === 1 ? 'one change' : `${changes} changes`} of ${json.source} to ${place.project}/${place.env}.${kept}`,
    notes: [`Back with: cloudbox env undo ${place.env} ${shortId(id)} --project ${place.project}`],
  }
}

/** @throws Failure `cli/not-one`, `platform/not-found` */
async function find(api: Api, place: Place, wanted: string): Promise<Promotion> {
  // Older ones than the list has are still found by their whole id.
  if (/^[0-9a-f-]{36}$/.test(wanted)) return api.get<Promotion>(`${pathOf(place)}${at`/${wanted}`}`)
  const { promotions: all } = await api.get<Promotions>(pathOf(place))
  const fitting = all.filter(({ id }) => id.startsWith(wanted.toLowerCase()))
  const [only, second] = fitting
  if (only === undefined)
    throw failure('not-one', `${place.env} has no promotion "${wanted}".`, seeList(place))
  if (second === undefined) return only
  throw failure('not-one', `${fitting.length} promotions begin with "${wanted}".`, 'Give more of the id.')
}

/** @throws Failure `cli/not-one` */
async function newestApplied(api: Api, place: Place): Promise<Promotion> {
  const { promotions: applied } = await api.get<Promotions>(pathOf(place), { state: 'applied' })
  const [newest] = applied.toSorted((a, b) => (a.appliedAt! < b.appliedAt! ? 1 : -1))
  if (newest !== undefined) return newest
  throw failure('not-one', `Nothing that was brought to ${place.env} can be undone.`, seeList(place))
}

function seeList({ project, env: target }: Place): string {
  return `"cloudbox env promotions ${target} --project ${project}" shows what there is.`
}
