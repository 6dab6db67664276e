// @ts-check
import { SignedOut, ask, session } from './api.js'
import { auditSection } from './audit.js'
import { byId, capital, card, h, notice, show } from './dom.js'
import { invitationsSection } from './invitations.js'
import { membersSection } from './members.js'
import { projectsSection } from './projects.js'
import { signInForm } from './sign-in.js'

/**
 * @typedef {{ name: string, title: string, role: string, permissions: string[] }} Organisation
 * @typedef {{ id: string, email: string, organisations: Organisation[] }} Me
 */

/** What an operator has and may do here; the form to sign in for everybody else. @param {string} [why] */
export async function home(why) {
  if (session() === null) return askToSignIn(why)
  try {
    /** @type {Me} */
    const me = await ask('GET', '/me')
    byId('who').replaceChildren(h('span.email', {}, me.email))
    byId('sign-out').hidden = false
    await showOrganisation(me)
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error
    askToSignIn(error.message)
  }
}

/** @param {string} [why] */
function askToSignIn(why) {
  byId('who').replaceChildren()
  byId('place').replaceChildren()
  byId('sign-out').hidden = true
  show(
    card(
      'Sign in to CloudBox',
      h('p.lead', {}, why ?? 'With the account you were invited with, or that owns this installation.'),
      signInForm({ done: () => home() }),
    ),
  )
  document.querySelector('input')?.focus()
}

/** @param {Me} me */
async function showOrganisation(me) {
  const { organisations } = me
  const wanted = decodeURIComponent(location.hash.slice(1))
  const organisation = organisations.find(({ name }) => name === wanted) ?? organisations[0]
  if (organisation === undefined)
    return show(
      notice('You belong to no organisation', `Ask somebody who does to invite ${me.email}, and look again.`),
    )
  const { name, title, role, permissions } = organisation
  document.title = `${title} · CloudBox`
  byId('place').replaceChildren(...(organisations.length > 1 ? [chooser(me, name)] : []))
  const may = (/** @type {string} */ permission) => permissions.includes(permission)
  const head = h('div.head', {}, h('h1', {}, title), h('span.chip', {}, capital(role)))
  if (!may('organisation.read'))
    return show(head, h('p.lead', {}, 'Your role shows you nothing of the organisation itself.'))
  const reload = () => showOrganisation(me)
  const changed = { me, organisation, may, reload }
  show(
    head,
    ...(await Promise.all([
      projectsSection(changed),
      membersSection(changed),
      ...(may('members.change') ? [invitationsSection(changed)] : []),
      ...(may('audit.read') ? [auditSection(changed)] : []),
    ])),
  )
}

/** @param {Me} me @param {string} chosen */
function chooser(me, chosen) {
  const select = /** @type {HTMLSelectElement} */ (
    h(
      'select',
      { 'aria-label': 'Organisation' },
      ...me.organisations.map(({ name, title }) =>
        h('option', { value: name, selected: name === chosen }, title),
      ),
    )
  )
  select.addEventListener('change', async () => {
    history.replaceState(null, '', `#${encodeURIComponent(select.value)}`)
    byId('main').setAttribute('aria-busy', 'true')
    await showOrganisation(me)
  })
  return select
}

/**
 * What every section of the page gets.
 * @typedef {object} Place
 * @property {Me} me
 * @property {Organisation} organisation
 * @property {(permission: string) => boolean} may
 * @property {() => Promise<void>} reload
 */
