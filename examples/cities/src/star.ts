import type { CloudBoxError } from '@cloudbox/client'
import { h } from './dom.ts'
import type { Stars } from './view.ts'

/** A star that can be set and taken away. */
export function star(
  stars: Stars,
  id: string,
  title: string,
  refused: (error: CloudBoxError) => void,
): HTMLElement {
  const button = h(
    'button',
    { type: 'button', className: 'star', 'aria-label': `Favourite ${title}`, value: id },
    '★',
  )
  button.addEventListener('click', async () => {
    const error = await stars.toggle(id)
    if (error !== null) refused(error)
  })
  paint(button, stars)
  return button
}

/** Keeps the stars of a list as they are. Gives the function that ends it. */
export function followStars(list: HTMLElement, stars: Stars): () => void {
  return stars.onChange(() => {
    for (const button of list.querySelectorAll<HTMLButtonElement>('.star')) paint(button, stars)
  })
}

function paint(button: HTMLButtonElement, stars: Stars): void {
  button.ariaPressed = String(stars.has(button.value))
}
