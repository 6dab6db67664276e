// @ts-check
import { ask } from './api.js'
import { chip, copyButton, h } from './dom.js'
import { promotionsOf } from './promotions.js'
import { section } from './section.js'

/**
 * @typedef {{ name: string, title: string, isArchived: boolean }} Project
 * @typedef {{ project: string, name: string, dev: boolean, inert: boolean, branchOf: string | null, isArchived: boolean }} Environment
 */

/** Projects with their environments and where those are reached. @param {import('./home.js').Place} place */
export const projectsSection = ({ organisation: { name }, may }) =>
  section('Projects', async say => {
    /** @type {{ projects: Project[] }} */
    const { projects } = await ask('GET', `/organisations/${name}/projects`)
    if (projects.length === 0)
      return [
        h(
          'p.empty',
          {},
          may('projects.create')
            ? 'No project yet. Make one with POST /v1/platform/organisations/'
            : 'There is no project that you may see.',
          may('projects.create') && `${name}/projects.`,
        ),
      ]
    return Promise.all(projects.map(project => show(project, say)))
  })

/** @param {Project} project @param {(error: unknown) => void} say */
async function show({ name, title, isArchived }, say) {
  /** @type {{ environments: Environment[] }} */
  const { environments } = await ask('GET', `/projects/${name}/environments`)
  const rows = environments.flatMap(environment => environmentRows(environment, isArchived, say))
  return h(
    'div.project',
    {},
    h('h3', {}, title, title === name ? null : h('code', {}, name), isArchived && chip('archived')),
    rows.length === 0 ? h('p.empty', {}, 'No environment yet.') : h('ul.rows', {}, ...rows),
  )
}

/** @param {Environment} environment @param {boolean} isClosed @param {(error: unknown) => void} say */
function environmentRows({ project, name, dev, inert, branchOf, isArchived }, isClosed, say) {
  const address = `${location.origin}/${project}/${name}`
  const facts = h(
    'div.facts',
    {},
    h(
      'strong',
      {},
      name,
      dev && name !== 'dev' && chip('dev'),
      branchOf !== null && chip(`branch of ${branchOf}`),
      inert && chip('inert'),
      isArchived && chip('archived'),
    ),
    h('code.address', {}, address),
  )
  if (isArchived || isClosed) return [h('li', {}, facts)]
  const promotions = promotionsOf({ project, environment: name, say })
  const actions = h(
    'div.actions',
    {},
    copyButton(address, `the address of ${project}/${name}`),
    promotions.button,
    h('a', { href: `${address}/v1/docs`, 'aria-label': `Reference of ${project}/${name}` }, 'Reference'),
    dev &&
      h(
        'a',
        { href: `${address}/v1/auth/mailbox`, 'aria-label': `Mailbox of ${project}/${name}` },
        'Mailbox',
      ),
  )
  return [h('li', {}, facts, actions), promotions.row]
}
