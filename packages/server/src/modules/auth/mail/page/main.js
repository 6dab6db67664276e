// @ts-check
import { deleteAll, keepKey, KeyNeeded, readList, readMail } from './api.js'
import { byId, fromTemplate } from './dom.js'
import { mailList } from './mail-list.js'
import { mailView } from './mail-view.js'

const pollMs = 2000
const list = byId('list')
const pane = byId('mail')
const state = byId('state')
const emptyAll = /** @type {HTMLButtonElement} */ (byId('empty-all'))

/** What the server told last, and what it says. @type {string | undefined} */
let told
/** @type {any[]} */
let mails = []
/** Id of the mail in the pane. @type {string | undefined} */
let shown
/** @type {Set<string>} */
const seen = new Set(JSON.parse(localStorage.getItem('cloudbox-mailbox-seen') ?? '[]'))

/** Chosen, or on a wide screen the newest: it then follows what comes. */
function wanted() {
  const chosen = location.hash.slice(2)
  if (chosen !== '') return chosen
  return matchMedia('(min-width: 761px)').matches ? mails[0]?.id : undefined
}

async function show() {
  const id = wanted()
  document.body.classList.toggle('reading', location.hash.length > 2)
  document.body.classList.toggle('empty', mails.length === 0)
  emptyAll.hidden = mails.length === 0
  document.title = document.title.replace(/^(\(\d+\) )?/, unread() > 0 ? `(${unread()}) ` : '')
  showList(id)
  if (mails.length === 0) {
    shown = undefined
    pane.replaceChildren(fromTemplate('no-mails'))
    return
  }
  if (id === shown) return
  shown = id
  if (id === undefined) return pane.replaceChildren()
  if (!mails.some(mail => mail.id === id)) {
    location.hash = '#/'
    return
  }
  const mail = await readMail(id)
  // Another was chosen meanwhile.
  if (shown !== id) return
  pane.replaceChildren(...mailView(mail))
  pane.scrollTop = 0
  markSeen(id)
}

/** @param {string | undefined} id of the mail beside it */
function showList(id) {
  const focused = document.activeElement?.getAttribute('href')
  list.replaceChildren(...mailList(mails, id, seen))
  if (focused)
    /** @type {HTMLElement | null} */ (list.querySelector(`[href="${CSS.escape(focused)}"]`))?.focus()
}

const unread = () => mails.filter(({ id }) => !seen.has(id)).length

/** @param {string} id */
function markSeen(id) {
  seen.add(id)
  const kept = mails.map(mail => mail.id).filter(known => seen.has(known))
  localStorage.setItem('cloudbox-mailbox-seen', JSON.stringify(kept))
  void show()
}

/** @param {string} reason */
function askForKey(reason) {
  told = undefined
  mails = []
  list.replaceChildren()
  document.body.classList.add('empty')
  if (pane.querySelector('form') !== null) return
  const form = fromTemplate('ask-key')
  form.querySelector('[role=alert]')?.append(reason)
  form.addEventListener('submit', event => {
    event.preventDefault()
    keepKey(String(new FormData(/** @type {HTMLFormElement} */ (form)).get('key')).trim())
    pane.replaceChildren()
    void poll()
  })
  pane.replaceChildren(form)
  form.querySelector('input')?.focus()
}

/** @param {'live' | 'waiting' | 'lost'} name @param {string} text */
function tell(name, text) {
  state.className = `state ${name}`
  if (state.textContent !== text) state.textContent = text
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer

async function poll() {
  clearTimeout(timer)
  try {
    const text = await readList()
    tell('live', 'Live')
    if (text !== told) {
      told = text
      mails = JSON.parse(text).messages
      await show()
    }
  } catch (error) {
    if (error instanceof KeyNeeded) {
      tell('waiting', 'Locked')
      askForKey(error.message)
      return
    }
    tell('lost', 'No connection, trying again')
  }
  // A page nobody looks at asks nothing.
  if (!document.hidden) timer = setTimeout(poll, pollMs)
}

/** The second click within a moment does it. */
emptyAll.addEventListener('click', async () => {
  if (!emptyAll.classList.contains('sure')) {
    emptyAll.classList.add('sure')
    emptyAll.textContent = 'Really delete all?'
    setTimeout(calm, 3000)
    return
  }
  calm()
  await deleteAll()
  location.hash = '#/'
  await poll()
})

function calm() {
  emptyAll.classList.remove('sure')
  emptyAll.textContent = 'Delete all'
}

/** The docs page wears the same. */
const themePlace = 'cloudbox-theme'
const root = document.documentElement
const theme = localStorage.getItem(themePlace)
if (theme !== null) root.dataset['theme'] = theme
byId('theme').addEventListener('click', () => {
  const worn =
    root.dataset['theme'] ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  root.dataset['theme'] = worn === 'dark' ? 'light' : 'dark'
  localStorage.setItem(themePlace, root.dataset['theme'])
  shown = undefined
  void show()
})

addEventListener('hashchange', () => void show().catch(() => poll()))
document.addEventListener('visibilitychange', () => document.hidden || void poll())
// Times grow older though nothing comes.
setInterval(() => document.hidden || showList(shown), 30_000)
void poll()
