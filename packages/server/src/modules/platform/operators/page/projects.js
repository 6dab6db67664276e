// @ts-check
import { ask } from './api.js'
import { copyButton, h } from './dom.js'
import { section } from './section.js'

/**
 * @typedef {{ name: string, title: string, isArchived: boolean }} Project
 * @typedef {{ project: string, name: string, dev: boolean, inert: boolean, branchOf: string | null, isArchived: boolean }} Environment
 */

/** Projects with their environments and where those are reached. @param {import('./home.js').Place} place */
export const projectsSection = ({ organisation: { name }, may }) =>
  section('Projects', async () => {
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
    return Promise.all(projects.map(show))
  })

/** @param {Project} project */
async function show({ name, title, isArchived }) {
  /** @type {{ environments: Environment[] }} */
  const { environments } = await ask('GET', `/projects/${name}/environments`)
  const rows = environments.map(environment => h('li', {}, ...environmentRow(environment, isArchived)))
  return h(
    'div.project',
    {},
    h('h3', {}, title, title === name ? null : h('code', {}, name), isArchived && chip('archived')),
    rows.length === 0 ? h('p.empty', {}, 'No environment yet.') : h('ul.rows', {}, ...rows),
  )
}

/** @param {Environment} environment @param {boolean} isClosed */
function environmentRow({ project, name, dev, inert, branchOf, isArchived }, isClosed) {
  const address = `${location.origin}/${project}/${name}`
  const isOpen = !isArchived && !isClosed
  return [
    h(
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
    ),
    isOpen &&
      h(
        'div.actions',
        {},
        copyButton(address, `the address of ${project}/${name}`),
        h('a', { href: `${address}/v1/docs`, 'aria-label': `Reference of ${project}/${name}` }, 'Reference'),
        dev &&
          h(
            'a',
            { href: `${address}/v1/auth/mailbox`, 'aria-label': `Mailbox of ${project}/${name}` },
            'Mailbox',
          ),
      ),
  ].filter(node => node !== false)
}

/** @param {string} text */
const chip = text => h('span.chip', {}, text)
