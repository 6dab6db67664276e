import { h } from '../dom.ts'
import type { Account } from './account.ts'

/** An identity provider that the environment offers. */
export interface Provider {
  readonly id: string
  readonly name: string
  readonly color: string
}

/** A button for each provider; in a dev environment without any set up, made-up people stand behind them. */
export function providerButtons({ auth }: Account, list: () => Promise<readonly Provider[]>): HTMLElement {
  const buttons = h('div', { className: 'providers' })
  const divider = h('p', { className: 'or' }, 'or')
  const block = h('div', { hidden: true }, buttons, divider)
  void list().then(providers => {
    block.hidden = providers.length === 0
    buttons.replaceChildren(
      ...providers.map(({ id, name, color }) => {
        const tile = h('span', { className: 'tile', 'aria-hidden': 'true' }, name.slice(0, 1))
        tile.style.background = color
        const button = h('button', { type: 'button', 'aria-label': `Continue with ${name}` }, tile, name)
        button.addEventListener('click', () => {
          for (const each of buttons.querySelectorAll('button')) each.disabled = true
          void auth.signInWithOAuth({ provider: id, redirectTo: location.href })
        })
        return button
      }),
    )
  })
  return block
}
