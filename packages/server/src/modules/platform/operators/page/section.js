// @ts-check
import { SignedOut } from './api.js'
import { h, tell } from './dom.js'
import { trouble } from './form.js'

/**
 * A part of the page with a place for what was refused in it. What it shows is read first; when that fails, it says so.
 *
 * @param {string} title
 * @param {(say: (error: unknown) => void) => Promise<(Node | string | null | undefined | false)[]>} fill
 */
export async function section(title, fill) {
  const alert = h('div.alert', { role: 'alert' })
  const id = title.toLowerCase().replaceAll(' ', '-')
  const made = h('section.part', { 'aria-labelledby': id }, h('h2', { id }, title), alert)
  const say = (/** @type {unknown} */ error) => {
    alert.replaceChildren(...(error === undefined ? [] : trouble(error)))
    if (error !== undefined) tell('')
  }
  try {
    made.append(...(await fill(say)).filter(node => node !== null && node !== undefined && node !== false))
  } catch (error) {
    if (error instanceof SignedOut) throw error
    say(error)
  }
  return made
}

/** Does something that may be refused. @param {(error: unknown) => void} say @param {() => Promise<void>} act */
export async function trying(say, act) {
  say(undefined)
  try {
    await act()
    return true
  } catch (error) {
    if (error instanceof SignedOut) throw error
    say(error)
    return false
  }
}
