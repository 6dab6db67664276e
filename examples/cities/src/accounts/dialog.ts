import { h } from '../dom.ts'

/** A dialog over the page: Escape, the cross and a click beside it close it. */
export interface Dialog {
  readonly element: HTMLDialogElement
  show(title: string, ...content: readonly Node[]): void
  close(): void
}

let titles = 0

export function dialog(): Dialog {
  const id = `dialog-title-${++titles}`
  const heading = h('h2', { id })
  const cross = h('button', { type: 'button', className: 'cross', 'aria-label': 'Close' }, '×')
  const content = h('div')
  const body = h('div', { className: 'dialog' }, heading, cross, content)
  const element = h('dialog', { 'aria-labelledby': id }, body)
  document.body.append(element)
  cross.addEventListener('click', () => element.close())
  // What lies outside the body is the dialog itself: its backdrop. Pressed, not released: text is selected by dragging.
  element.addEventListener('mousedown', event => {
    if (event.target === element) element.close()
  })
  element.addEventListener('close', () => content.replaceChildren())
  return {
    element,
    show(title, ...nodes) {
      heading.textContent = title
      content.replaceChildren(...nodes)
      if (!element.open) element.showModal()
      content.querySelector<HTMLElement>('input, .primary')?.focus()
    },
    close: () => element.close(),
  }
}
