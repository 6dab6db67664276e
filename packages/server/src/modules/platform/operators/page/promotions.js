// @ts-check
import { ask } from './api.js'
import { chip, h, sureButton, tell, time } from './dom.js'
import { trying } from './section.js'

/**
 * @typedef {{ at?: string, name?: string, before?: unknown, after?: unknown }} Change
 * @typedef {{ steps: (Change & { kind?: string, sentence: string, isDestructive: boolean })[], settings: Change[], variables: Change[], missingSecrets: string[] }} Plan
 * @typedef {{ id: string, source: string, state: 'proposed' | 'applied' | 'undone', plan: Plan, rehearsal: { failure?: { detail: string } }, proposedBy: string, proposedAt: string, appliedBy: string | null, appliedAt: string | null, undoneBy: string | null, undoneAt: string | null }} Promotion
 * @typedef {{ project: string, environment: string, say: (error: unknown) => void }} Target
 */

/**
 * A button that shows what was proposed for an environment and what became of it, in a row of its own.
 *
 * @param {Target} target
 * @returns {{ button: HTMLElement, row: HTMLElement }}
 */
export function promotionsOf(target) {
  const { project, environment, say } = target
  const id = `promotions-${project}-${environment}`
  const row = h('li.promotions', { id, hidden: true })
  const button = h(
    'button.quiet',
    {
      type: 'button',
      'aria-expanded': 'false',
      'aria-controls': id,
      'aria-label': `Promotions to ${project}/${environment}`,
    },
    'Promotions',
  )
  button.addEventListener('click', async () => {
    const isOpening = row.hidden
    if (isOpening && !(await trying(say, () => fill(row, target)))) return
    row.hidden = !isOpening
    button.setAttribute('aria-expanded', String(isOpening))
  })
  return { button, row }
}

/** @param {HTMLElement} row @param {Target} target */
async function fill(row, target) {
  const path = `/projects/${target.project}/environments/${target.environment}/promotions`
  /** @type {{ promotions: Promotion[], mayApply: boolean }} */
  const { promotions, mayApply } = await ask('GET', path)
  /** @param {Promotion} promotion */
  const shown = promotion =>
    h('li', {}, facts(promotion), mayApply && actions(promotion, target, path, () => fill(row, target)))
  row.replaceChildren(
    promotions.length === 0
      ? h(
          'p.empty',
          {},
          'Nothing was proposed yet: ',
          h('code', {}, `cloudbox env promote FROM ${target.environment} --plan`),
        )
      : h('ol.rows', { 'aria-label': `Promotions to ${target.environment}` }, ...promotions.map(shown)),
  )
}

/** @param {Promotion} promotion */
function facts({ source, state, plan, rehearsal, ...by }) {
  const { steps, settings, variables, missingSecrets } = plan
  const who = by.undoneBy ?? by.appliedBy ?? by.proposedBy
  const changes = steps.length + settings.length + variables.length
  const { failure } = rehearsal
  return h(
    'div.facts',
    {},
    h('strong', {}, `From ${source}`, chip(state)),
    h('span.quiet-text', {}, who, ' · ', time(by.undoneAt ?? by.appliedAt ?? by.proposedAt, true)),
    h(
      'details',
      {},
      h('summary', {}, changes === 1 ? 'One change' : `${changes} changes`),
      h(
        'ul',
        {},
        ...steps.map(stepRow),
        ...settings.map(change => h('li', {}, 'Setting ', ...difference(change.at ?? '', change))),
        ...variables.map(change => h('li', {}, 'Configuration ', ...difference(change.name ?? '', change))),
        ...missingSecrets.map(name => h('li', {}, 'Secret ', h('code', {}, name), ' is missing here.')),
      ),
    ),
    failure && h('span.mistake', {}, failure.detail),
  )
}

/** A policy that changes is shown: it decides who sees what. @param {Plan['steps'][number]} step */
const stepRow = ({ kind, sentence, isDestructive, before, after }) =>
  h(
    isDestructive ? 'li.loses' : 'li',
    {},
    sentence,
    ...(kind === 'change-policy' ? [before, after] : []).map(
      (policy, i) =>
        typeof policy === 'string' &&
        h('span.policy', {}, i === 0 ? 'before ' : 'after ', h('code', {}, policy)),
    ),
  )

/** @param {string} name @param {Change} change */
const difference = (name, { before, after }) => [
  h('code', {}, name),
  ` from ${valueText(before)} to ${valueText(after)}`,
]

/** @param {unknown} value */
const valueText = value =>
  value === undefined ? 'unset' : typeof value === 'string' ? value : JSON.stringify(value)

/**
 * @param {Promotion} promotion
 * @param {Target} target
 * @param {string} path
 * @param {() => Promise<void>} reload
 */
function actions({ id, source, state, rehearsal }, { project, environment, say }, path, reload) {
  const place = `${project}/${environment}`
  /** @param {'apply' | 'undo'} what @param {string} done */
  const act = (what, done) => async () => {
    if (!(await trying(say, () => ask('POST', `${path}/${id}/${what}`)))) return
    tell(done)
    await trying(say, reload)
  }
  const about = `what comes from ${source} to ${place}`
  return h(
    'div.actions',
    {},
    state === 'proposed' &&
      rehearsal.failure === undefined &&
      sureButton('Apply', 'Really apply?', about, act('apply', `${place} has what was proposed now.`)),
    state === 'applied' &&
      sureButton('Undo', 'Really undo?', about, act('undo', `${place} is as it was before.`)),
  )
}
