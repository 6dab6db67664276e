import { box } from './cloudbox.js'
import { copyOf, showProblem } from './dom.js'

/** A button for each provider. Where none is set up, made-up people stand behind them in development. */
export function signIn() {
  const element = copyOf('sign-in')
  const problem = element.querySelector('.problem')
  const waiting = element.querySelector('.waiting')

  async function load() {
    waiting.hidden = false
    showProblem(problem, null)
    // What came of the way to a provider and back: it may have been cancelled there.
    const [{ data, error }, arrival] = await Promise.all([box.auth.options(), box.auth.redirectResult()])
    waiting.hidden = true
    showProblem(problem, error ?? arrival.error, error === null ? undefined : load)
    element.querySelector('.providers').replaceChildren(...(data?.providers ?? []).map(button))
  }

  function button({ id, name, color }) {
    const tile = document.createElement('i')
    tile.textContent = name.slice(0, 1)
    tile.style.background = color
    tile.ariaHidden = 'true'
    const button = document.createElement('button')
    button.className = 'provider'
    button.append(tile, `Continue with ${name}`)
    button.onclick = async () =>
      showProblem(problem, (await box.auth.signInWithOAuth({ provider: id })).error)
    return button
  }

  void load()
  return element
}
