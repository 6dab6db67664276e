import { box } from './cloudbox.js'
import { signIn } from './sign-in.js'
import { todoPane } from './todo-pane.js'

const view = document.getElementById('view')
const who = document.getElementById('who')
who.querySelector('button').addEventListener('click', () => box.auth.signOut())

let shownUser
let stop = () => {}

box.auth.onAuthStateChange((_event, session) => {
  const user = session?.user ?? null
  who.hidden = user === null
  who.querySelector('span').textContent = user?.name ?? user?.email ?? ''
  // A refreshed session is the same user's.
  if (shownUser === (user?.id ?? null)) return
  shownUser = user?.id ?? null
  stop()
  if (user === null) {
    stop = () => {}
    view.replaceChildren(signIn())
    return
  }
  const panes = [todoPane('One pane'), todoPane('Another pane')]
  const main = document.createElement('main')
  main.className = 'panes'
  main.append(...panes.map(({ element }) => element))
  view.replaceChildren(main)
  stop = () => panes.forEach(pane => pane.stop())
})
