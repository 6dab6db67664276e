// @ts-check
import { contents, entriesOf, mark } from './contents.js'
import { h } from './dom.js'
import { keyForm } from './key-form.js'
import { apiPath, isSecret, keyHeaders, readKeys } from './keys.js'
import { markdown } from './markdown.js'
import { operationView } from './operation-view.js'

/** @param {string} id */
const byId = id => /** @type {HTMLElement} */ (document.getElementById(id))
const main = byId('main')
const menu = byId('menu')

/** The OpenAPI document, once a key has opened it. @type {any} */
let api

async function load() {
  const keys = readKeys()
  byId('key').textContent = !keys.key
    ? 'Enter a key'
    : `${isSecret(keys.key) ? 'Secret' : 'Publishable'} key${keys.token ? ' + user' : ''}`
  byId('key').classList.toggle('secret', isSecret(keys.key))
  api = undefined
  byId('contents').replaceChildren()
  if (!keys.key) return askForKey()
  try {
    const answer = await fetch(`${apiPath}/openapi.json`, { headers: keyHeaders(keys) })
    const body = await answer.json()
    if (!answer.ok) return askForKey(`${body.title}. ${body.hint ?? ''}`)
    api = body
  } catch {
    return askForKey('The server does not answer.')
  }
  byId('contents').replaceChildren(...contents(api))
  show()
}

/** @param {string} [reason] */
function askForKey(reason) {
  main.replaceChildren(...(reason ? [h('p.status.bad', { role: 'alert' }, reason)] : []), keyForm(load))
}

function show() {
  document.body.classList.remove('open')
  menu.setAttribute('aria-expanded', 'false')
  if (api === undefined) return
  const wanted = decodeURIComponent(location.hash.slice(2))
  if (wanted === 'key') {
    main.replaceChildren(
      keyForm(() => {
        location.hash = '#/'
        void load()
      }),
    )
    return
  }
  const entry = entriesOf(api).find(({ operation }) => operation.operationId === wanted)
  main.replaceChildren(entry ? operationView(api, entry) : introduction())
  document.title = `${entry ? `${entry.operation.summary} · ` : ''}${api.info.title} · API`
  mark()
  scrollTo(0, 0)
}

function introduction() {
  const names = api.tags.map((/** @type {any} */ tag) => tag.name)
  const first = (/** @type {string} */ name) =>
    entriesOf(api).find(({ operation }) => operation.tags[0] === name)
  return h(
    'article.introduction',
    {},
    h('h1', {}, api.info.title),
    h('p.address', {}, h('code', {}, api.servers[0].url)),
    h(
      'div.tiles',
      {},
      ...names.map((/** @type {string} */ name) =>
        h('a', { href: `#/${encodeURIComponent(first(name)?.operation.operationId ?? '')}` }, name),
      ),
    ),
    ...markdown(api.info.description),
    h('p', {}, h('a', { href: `${apiPath}/openapi.json`, onclick: download }, 'Download openapi.json')),
  )
}

/** A plain link would come without the key. @param {Event} event */
function download(event) {
  event.preventDefault()
  const blob = new Blob([JSON.stringify(api, null, 2)], { type: 'application/json' })
  const url = URL.createObjectURL(blob)
  const link = h('a', { href: url, download: 'openapi.json' })
  link.click()
  URL.revokeObjectURL(url)
}

/** @param {string | null} theme */
function wear(theme) {
  if (theme) document.documentElement.dataset.theme = theme
}
wear(localStorage.getItem('cloudbox-theme'))
byId('theme').addEventListener('click', () => {
  const root = document.documentElement
  const isDark = root.dataset.theme
    ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches
  const theme = isDark ? 'light' : 'dark'
  localStorage.setItem('cloudbox-theme', theme)
  wear(theme)
})
byId('key').addEventListener('click', () => (location.hash = '#/key'))
menu.addEventListener('click', () => {
  menu.setAttribute('aria-expanded', String(document.body.classList.toggle('open')))
})
addEventListener('hashchange', show)
void load()
