// @ts-check
import { ask, changed } from './api.js'
import { h, time } from './dom.js'
import { section, trying } from './section.js'

/** @typedef {{ number: number, at: string, actor: { kind: string, name: string }, action: string, place: string, subject: string }} Entry */

/** What was done lately, and by whom. @param {import('./home.js').Place} place */
export const auditSection = ({ organisation: { name } }) =>
  section('Audit', async say => {
    const list = h('ol.rows.audit')
    const older = h('button.quiet', { type: 'button' }, 'Show older')
    /** @type {number | null} */
    let next = null
    const load = async () => {
      const isFirst = next === null
      const after = next === null ? '' : `&after=${next}`
      /** @type {{ entries: Entry[], next: number | null }} */
      const page = await ask('GET', `/organisations/${name}/audit?limit=10${after}`)
      if (isFirst) list.replaceChildren()
      list.append(...page.entries.map(row))
      next = page.next
      older.hidden = next === null
    }
    older.addEventListener('click', () => void trying(say, load))
    await load()
    const renew = () => {
      if (!list.isConnected) return removeEventListener(changed, renew)
      next = null
      void trying(say, load)
    }
    addEventListener(changed, renew)
    return [list, older]
  })

/** @param {Entry} entry */
const row = ({ number, at, actor, action, place, subject }) =>
  h(
    'li',
    {},
    h(
      'div.facts',
      {},
      h('span', {}, h('code', {}, action), ' ', h('strong', {}, subject)),
      h('span.quiet-text', {}, actor.name, place === '' ? null : ` · ${place}`),
    ),
    h('div.actions', {}, time(at, true), h('span.number', {}, `#${number}`)),
  )
