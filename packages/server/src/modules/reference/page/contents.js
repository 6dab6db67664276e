// @ts-check
import { h } from './dom.js'
import { methodBadge } from './operation-view.js'

/**
 * Every operation of the document, in its order.
 *
 * @param {any} api
 * @returns {{ method: string, path: string, operation: any }[]}
 */
export function entriesOf(api) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
}

/**
 * The list at the left: a group for each collection and word, with a field that narrows it.
 *
 * @param {any} api
 */
export function contents(api) {
  const list = h('div', {})
  const search = /** @type {HTMLInputElement} */ (
    h('input', { type: 'search', placeholder: 'Find…', 'aria-label': 'Find an operation' })
  )
  const show = () => {
    const wanted = search.value.trim().toLowerCase()
    const shown = entriesOf(api).filter(({ path, operation }) =>
      `${operation.summary} ${path}`.toLowerCase().includes(wanted),
    )
    const groups = Map.groupBy(shown, ({ operation }) => operation.tags[0])
    list.replaceChildren(
      ...[...groups].map(([tag, entries]) =>
        h('section', {}, h('h2', {}, tag), h('ul', {}, ...entries.map(entry => h('li', {}, link(entry))))),
      ),
      ...(groups.size === 0 ? [h('p.hint', {}, 'Nothing your key can call has that name.')] : []),
    )
    mark()
  }
  search.addEventListener('input', show)
  show()
  return [h('a.start', { href: '#/' }, 'Introduction'), search, list]
}

/** Marks where the reader is. */
export function mark() {
  for (const anchor of document.querySelectorAll('#contents a')) {
    if (anchor.getAttribute('href') === (location.hash || '#/')) anchor.setAttribute('aria-current', 'page')
    else anchor.removeAttribute('aria-current')
  }
}

/** @param {{ method: string, operation: any }} entry */
function link({ method, operation }) {
  const [tag, ...rest] = operation.operationId.split('.')
  const short = rest.length === 1 ? (names[rest[0]] ?? operation.summary) : operation.summary
  return h(
    'a',
    { href: `#/${encodeURIComponent(operation.operationId)}`, title: operation.summary },
    methodBadge(method),
    h('span', {}, tag === operation.tags[0] ? short : operation.summary),
  )
}

/** @type {Record<string, string>} */
const names = {
  list: 'List',
  create: 'Create',
  upsert: 'Create or change',
  updateMany: 'Change by a filter',
  deleteMany: 'Delete by a filter',
  get: 'Get one',
  update: 'Change one',
  delete: 'Delete one',
}
