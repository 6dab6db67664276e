import { createClient } from '@cloudbox/client'
import { watchAccount } from './accounts/account.ts'
import { accountButton } from './accounts/account-button.ts'
import { devicesDialog } from './accounts/devices.ts'
import { endedNotice } from './accounts/ended-notice.ts'
import type { Provider } from './accounts/provider-buttons.ts'
import { signInDialog } from './accounts/sign-in-dialog.ts'
import { browse, notice } from './browse.ts'
import { cities, favouriteCities } from './cities.ts'
import { showConnection } from './connection.ts'
import { h } from './dom.ts'
import { favourites } from './favourites.ts'
import { movies } from './movies.ts'
import type { DemoSchema } from './schema.ts'

/** What serve.ts tells the page. */
interface PageConfig {
  readonly environmentUrl: string
  readonly publishableKey: string
}

const { environmentUrl, publishableKey } = (await (await fetch('/config.json')).json()) as PageConfig
const box = createClient<DemoSchema>(environmentUrl, publishableKey)
const element = (selector: string) => document.querySelector<HTMLElement>(selector)!

const account = watchAccount(box.auth)
const dialog = signInDialog(account, {
  mailboxUrl: `${environmentUrl}/v1/auth/mailbox`,
  async listProviders() {
    const answer = await fetch(`${environmentUrl}/v1/auth/options`, { headers: { apikey: publishableKey } })
    return answer.ok ? ((await answer.json()) as { providers: Provider[] }).providers : []
  },
})
const signIn = () => dialog.open()
accountButton(element('#account'), { account, signIn, showDevices: devicesDialog(account) })
endedNotice(element('#ended'), account, signIn)

const stars = favourites(box, account, () => dialog.open('Favourites are kept in your account.'))
const root = element('#view')
const tabs = {
  cities: () => browse(cities(box, stars), root),
  favourites: () => (account.user ? browse(favouriteCities(box, stars), root) : inviteToSignIn()),
  movies: () => browse(movies(box), root),
}

function inviteToSignIn(): () => void {
  const button = h('button', { type: 'button', className: 'primary', onclick: signIn }, 'Sign in')
  const invitation = notice('Your favourites', 'Sign in, and star the places you like.', button)
  if (account.user === null) root.replaceChildren(h('div', { className: 'message' }, invitation))
  return () => {}
}

let close = () => {}
let shownTab: keyof typeof tabs | undefined
function openTab(): void {
  close()
  const wanted = location.hash.slice(1)
  shownTab = wanted === 'movies' || wanted === 'favourites' ? wanted : 'cities'
  for (const link of document.querySelectorAll('nav a')) {
    link.ariaCurrent = link.getAttribute('href') === `#${shownTab}` ? 'page' : null
  }
  document.querySelector<HTMLAnchorElement>('#second-window')!.href = `#${shownTab}`
  close = tabs[shownTab]()
}

let shownFor: string | null | undefined
account.onChange(() => {
  const user = account.user?.id ?? null
  if (user !== shownFor && shownTab === 'favourites') openTab()
  shownFor = user
})
showConnection(box.connection, element('#connection'))
addEventListener('hashchange', openTab)
openTab()
