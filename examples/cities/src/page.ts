import { createClient } from '@cloudbox/client'
import { browse } from './browse.ts'
import { cities } from './cities.ts'
import { showConnection } from './connection.ts'
import { movies } from './movies.ts'
import type { DemoSchema } from './schema.ts'

/** What serve.ts tells the page. */
interface PageConfig {
  readonly environmentUrl: string
  readonly publishableKey: string
}

const { environmentUrl, publishableKey } = (await (await fetch('/config.json')).json()) as PageConfig
const box = createClient<DemoSchema>(environmentUrl, publishableKey)

const root = document.querySelector<HTMLElement>('#view')!
const tabs = {
  cities: () => browse(cities(box), root),
  movies: () => browse(movies(box), root),
}

let close = () => {}
function openTab(): void {
  close()
  const name = location.hash === '#movies' ? 'movies' : 'cities'
  for (const link of document.querySelectorAll('nav a')) {
    link.ariaCurrent = link.getAttribute('href') === `#${name}` ? 'page' : null
  }
  document.querySelector<HTMLAnchorElement>('#second-window')!.href = `#${name}`
  close = tabs[name]()
}

showConnection(box.connection, document.querySelector<HTMLElement>('#connection')!)
addEventListener('hashchange', openTab)
openTab()
