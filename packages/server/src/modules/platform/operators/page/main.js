// @ts-check
import { SignedOut, session, signOut } from './api.js'
import { byId, h, notice, show } from './dom.js'
import { trouble } from './form.js'
import { home } from './home.js'
import { join } from './join.js'
import { setUp } from './set-up.js'

/** @type {Record<string, (why?: string) => Promise<void>>} */
const views = { 'set-up': setUp, join, home }
const view = document.body.dataset['view'] ?? 'home'

/** @param {string} [why] somebody has to sign in (again) */
async function start(why) {
  try {
    await views[view]?.(why)
  } catch (error) {
    const again = h('button.primary', { type: 'button', onclick: () => void start() }, 'Try again')
    show(notice('That did not work', '', h('div.alert', { role: 'alert' }, ...trouble(error)), again))
  }
}

byId('sign-out').addEventListener('click', () => {
  void signOut()
  history.replaceState(null, '', location.pathname)
  void start()
})

/** The docs and the mailbox wear the same. */
const themePlace = 'cloudbox-theme'
const root = document.documentElement
const theme = localStorage.getItem(themePlace)
if (theme !== null) root.dataset['theme'] = theme
byId('theme').addEventListener('click', () => {
  const worn =
    root.dataset['theme'] ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  root.dataset['theme'] = worn === 'dark' ? 'light' : 'dark'
  localStorage.setItem(themePlace, root.dataset['theme'])
})

addEventListener('unhandledrejection', event => {
  if (!(event.reason instanceof SignedOut) || session() !== null) return
  event.preventDefault()
  void start(event.reason.message)
})
// A link is a new one though the page is the same.
if (view !== 'home') addEventListener('hashchange', () => void start())
void start()
