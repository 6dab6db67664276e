// @ts-check
import { ask } from './api.js'
import { capital, h, sureButton, tell, time } from './dom.js'
import { section, trying } from './section.js'

/**
 * @typedef {{ project: string, environment?: string, role: string }} NarrowRole
 * @typedef {{ id: string, email: string, name: string | null, role: string, places: NarrowRole[], joinedAt: string, lastSignInAt: string | null }} Member
 */

/** Members, and what may be changed of them. @param {import('./home.js').Place} place */
export const membersSection = place =>
  section('Members', async say => {
    const { organisation, may } = place
    const path = `/organisations/${organisation.name}/members`
    const list = h('ul.rows')
    const more = h('button.quiet', { type: 'button', hidden: true }, 'Show more')
    const search = /** @type {HTMLInputElement} */ (
      h('input.search', { type: 'search', placeholder: 'Search', 'aria-label': 'Search members' })
    )
    const grantable = may('members.change') ? await readGrantable(organisation.name) : []
    /** @type {string | null} */
    let next = null
    let asked = 0

    /** @param {string | null} after */
    const load = async after => {
      const turn = ++asked
      const query = new URLSearchParams({ search: search.value, ...(after === null ? {} : { after }) })
      /** @type {{ members: Member[], next: string | null }} */
      const page = await ask('GET', `${path}?${query}`)
      // A later search was asked for meanwhile.
      if (turn !== asked) return
      next = page.next
      more.hidden = next === null
      const isOnlyOwner =
        next === null &&
        search.value === '' &&
        page.members.filter(({ role }) => role === 'owner').length === 1
      const rows = page.members.map(member =>
        row(member, { ...place, path, grantable, isOnlyOwner, say, reload: () => load(null) }),
      )
      if (after === null) list.replaceChildren()
      list.append(...rows)
      if (list.childElementCount === 0) list.append(h('li.empty', {}, 'Nobody is found.'))
    }
    search.addEventListener('input', () => void trying(say, () => load(null)))
    more.addEventListener('click', () => void trying(say, () => load(next)))
    await load(null)
    const isMany = next !== null || list.childElementCount > 5
    return [isMany && search, list, more]
  })

/** Roles the reader may give and take. @param {string} organisation @returns {Promise<string[]>} */
export async function readGrantable(organisation) {
  return (await ask('GET', `/organisations/${organisation}/roles`)).grantable
}

/**
 * @typedef {import('./home.js').Place & { path: string, grantable: string[], isOnlyOwner: boolean, say: (error: unknown) => void }} Context
 */

/** @param {Member} member @param {Context} context */
function row(member, context) {
  const { id, email, name, places, lastSignInAt } = member
  const isSelf = id === context.me.id
  const seen = lastSignInAt === null ? 'never signed in' : h('span', {}, 'last seen ', time(lastSignInAt))
  return h(
    'li',
    {},
    h(
      'div.facts',
      {},
      h('strong', {}, name ?? email, isSelf && h('span.chip', {}, 'you')),
      h('span.quiet-text', {}, name === null ? null : email, name === null ? null : ' · ', seen),
      ...places.map(({ project, environment, role: narrow }) =>
        h(
          'span.quiet-text',
          {},
          `${capital(narrow)} in ${environment === undefined ? project : `${project}/${environment}`}`,
        ),
      ),
    ),
    isSelf ? ownActions(member, context) : actions(member, context),
  )
}

/** @param {Member} member @param {Context} context */
function ownActions({ role }, { organisation, isOnlyOwner, say }) {
  const leave = async () => {
    const isDone = await trying(say, () => ask('POST', `/organisations/${organisation.name}/leave`))
    if (isDone) location.assign('/v1/platform/home')
  }
  return h(
    'div.actions',
    {},
    h('span.role', {}, capital(role)),
    !(role === 'owner' && isOnlyOwner) && sureButton('Leave', 'Really leave?', organisation.title, leave),
  )
}

/** @param {Member} member @param {Context} context */
function actions(member, context) {
  const { id, email, name, role } = member
  const { path, grantable, say, reload } = context
  const who = name ?? email
  // Nobody changes or removes whom he could not have given the role.
  if (!grantable.includes(role)) return h('div.actions', {}, h('span.role', {}, capital(role)))
  const select = /** @type {HTMLSelectElement} */ (
    h(
      'select',
      { 'aria-label': `Role of ${email}` },
      ...grantable.map(each => h('option', { value: each, selected: each === role }, capital(each))),
    )
  )
  select.addEventListener('change', async () => {
    select.disabled = true
    const isDone = await trying(say, () => ask('PATCH', `${path}/${id}`, { role: select.value }))
    select.disabled = false
    if (!isDone) select.value = role
    else {
      tell(`${who} has the role ${capital(select.value)} now.`)
      await trying(say, reload)
    }
  })
  const remove = async () => {
    if (!(await trying(say, () => ask('DELETE', `${path}/${id}`)))) return
    tell(`${who} was removed.`)
    await trying(say, reload)
  }
  return h('div.actions', {}, select, sureButton('Remove', 'Really remove?', email, remove))
}
