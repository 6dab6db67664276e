import { h } from '../dom.ts'
import type { Account } from './account.ts'

/** Says it plainly when the session was ended from another device. */
export function endedNotice(place: HTMLElement, account: Account, signIn: () => void): void {
  const text = h(
    'p',
    {},
    h('strong', {}, 'You were signed out on another device.'),
    ' What everyone may see goes on here.',
  )
  const again = h('button', { type: 'button', onclick: signIn }, 'Sign in again')
  account.onChange(() => place.replaceChildren(...(account.wasEndedElsewhere ? [text, again] : [])))
}
