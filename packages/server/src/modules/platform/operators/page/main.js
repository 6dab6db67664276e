// @ts-check
import { SignedOut } from './api.js'
import { byId, h, notice, show } from './dom.js'
import { trouble } from './form.js'
import { join } from './join.js'
import { setUp } from './set-up.js'

const start = async () => {
  try {
    await (document.body.dataset['view'] === 'join' ? join() : setUp())
  } catch (error) {
    const again = h('button.primary', { type: 'button', onclick: () => void start() }, 'Try again')
    show(notice('That did not work', '', h('div.alert', { role: 'alert' }, ...trouble(error)), again))
  }
}

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
  if (!(event.reason instanceof SignedOut)) return
  event.preventDefault()
  void start()
})
// A link is a new one though the page is the same.
addEventListener('hashchange', () => void start())
void start()
