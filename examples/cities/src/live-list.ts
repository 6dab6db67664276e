import type { RowElement } from './row.ts'

const calm = matchMedia('(prefers-reduced-motion: reduce)')
const leaveMs = 220
const highlightMs = 1600

/** Keeps a list of elements in step with a live query. */
export interface LiveList<Row> {
  /** Shows these rows; what changed is highlighted unless the whole list is another one. */
  show(rows: readonly Row[], isSameQuery: boolean): void
  clear(): void
}

/** Touches only what changed, so that the focus, a form that is open and the scroll position survive. */
export function liveList<Row extends { id: string }>(
  list: HTMLElement,
  create: (row: Row) => RowElement<Row>,
): LiveList<Row> {
  const shown = new Map<string, { row: Row; drawn: RowElement<Row> }>()

  return {
    show(rows, isSameQuery) {
      const kept = new Set(rows.map(({ id }) => id))
      for (const [id, { drawn }] of shown) {
        if (kept.has(id)) continue
        shown.delete(id)
        if (isSameQuery) leave(drawn.element)
        else drawn.element.remove()
      }

      const touched: HTMLElement[] = []
      for (const row of rows) {
        const known = shown.get(row.id)
        // A document that did not change is the same object.
        if (known?.row === row) continue
        const drawn = known?.drawn ?? create(row)
        if (known !== undefined) {
          drawn.update(row)
          // Taken out and put in again it may have moved, and all others stay where they are.
          if (!drawn.element.contains(document.activeElement)) drawn.element.remove()
        }
        shown.set(row.id, { row, drawn })
        touched.push(drawn.element)
      }

      let next = nextStaying(list.firstElementChild)
      for (const { id } of rows) {
        const { element } = shown.get(id)!.drawn
        if (element === next) next = nextStaying(next.nextElementSibling)
        else list.insertBefore(element, next)
      }
      // A bulk of changes is a new list, not news about a row.
      if (isSameQuery && touched.length <= rows.length / 2) touched.forEach(highlight)
    },
    clear() {
      shown.clear()
      list.replaceChildren()
    },
  }
}

function nextStaying(element: Element | null): Element | null {
  while (element?.classList.contains('leaving')) element = element.nextElementSibling
  return element
}

function highlight(element: HTMLElement): void {
  if (calm.matches) return
  element.animate([{ backgroundColor: 'var(--highlight)' }, { backgroundColor: 'transparent' }], {
    duration: highlightMs,
    easing: 'ease-out',
  })
}

function leave(element: HTMLElement): void {
  if (calm.matches) return element.remove()
  element.classList.add('leaving')
  element.inert = true
  const { height } = element.getBoundingClientRect()
  const end = { opacity: 0, height: '0', paddingBlock: '0', borderWidth: '0' }
  element.animate([{ opacity: 1, height: `${height}px` }, end], { duration: leaveMs, easing: 'ease-in' })
  // Not on the animation's end: in a window nobody looks at, it may never come.
  setTimeout(() => element.remove(), leaveMs)
}
