import { h } from '../dom.ts'
import type { Account } from './account.ts'

export interface AccountButtonOptions {
  readonly account: Account
  signIn(): void
  showDevices(): void
}

const gap = 8

/** The way in, at the top of the page; once in, what there is to do about the account. */
export function accountButton(
  slot: HTMLElement,
  { account, signIn, showDevices }: AccountButtonOptions,
): void {
  const menu = h('div', { className: 'menu', popover: 'auto' })
  document.body.append(menu)
  const enter = h('button', { type: 'button', onclick: signIn }, 'Sign in')
  const face = h('button', { type: 'button', className: 'face', popoverTargetElement: menu })

  menu.addEventListener('beforetoggle', event => {
    if (event.newState !== 'open') return
    const { bottom, right } = face.getBoundingClientRect()
    menu.style.top = `${bottom + gap}px`
    menu.style.right = `${document.documentElement.clientWidth - right}px`
  })

  const item = (label: string, work: () => unknown) => {
    const button = h('button', { type: 'button' }, label)
    button.addEventListener('click', () => {
      menu.hidePopover()
      void work()
    })
    return button
  }

  account.onChange(() => {
    const { user } = account
    if (!user) {
      slot.replaceChildren(enter)
      return menu.hidePopover()
    }
    const name = user.name ?? user.email ?? 'You'
    face.textContent = name.slice(0, 1).toUpperCase()
    face.ariaLabel = `Account of ${name}`
    face.title = name
    const email = user.email === null || user.email === name ? [] : [h('span', {}, user.email)]
    menu.replaceChildren(
      h('p', { className: 'who' }, h('strong', {}, name), ...email),
      item('Your devices', showDevices),
      item('Sign out', account.leave),
    )
    slot.replaceChildren(face)
  })
}
