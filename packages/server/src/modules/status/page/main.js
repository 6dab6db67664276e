// @ts-check
const everyMs = 30_000

/** @type {Readonly<Record<string, string>>} */
const words = {
  operational: 'Everything works',
  degraded: 'Some requests fail',
  down: 'Most requests fail',
}

/** @param {string} id */
const byId = id => /** @type {HTMLElement} */ (document.getElementById(id))

const api = document.querySelector('meta[name="cloudbox-api"]')?.getAttribute('content') ?? ''

/** @param {number} good */
const percent = good => `${(Math.round(good * 100_000) / 1000).toLocaleString('en')} %`

/** @param {{ day: string, good: number | null }} day */
function bar({ day, good }) {
  const item = document.createElement('li')
  const text = document.createElement('span')
  text.textContent = `${day}: ${good === null ? 'nothing was asked' : `${percent(good)} of requests answered well`}`
  item.title = text.textContent
  if (good !== null) item.dataset['good'] = good >= 0.999 ? 'yes' : good >= 0.95 ? 'mostly' : 'no'
  item.append(text)
  return item
}

async function show() {
  const state = byId('state')
  const said = /** @type {HTMLElement} */ (state.firstElementChild)
  try {
    const answer = await fetch(`${api}/status/summary`)
    if (!answer.ok) throw new Error(`answered ${answer.status}`)
    const summary = await answer.json()
    state.dataset['state'] = summary.state
    said.textContent = words[summary.state] ?? summary.state
    byId('message').hidden = summary.message === ''
    byId('message').textContent = summary.message
    byId('good').textContent =
      summary.good === null ? 'Nothing was asked yet' : `${percent(summary.good)} of requests answered well`
    byId('days').replaceChildren(...summary.days.map(bar))
    byId('at').textContent =
      `As of ${new Date(summary.at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}`
  } catch {
    state.dataset['state'] = 'down'
    said.textContent = 'The server cannot be reached'
  }
}

await show()
setInterval(show, everyMs)
