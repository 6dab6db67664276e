import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
} from '@tanstack/virtual-core'
import { untrack } from 'svelte'

export interface VirtualRowsOptions {
  readonly scroller: HTMLElement | undefined
  readonly count: number
  readonly rowPx: number
  /** What stays at the top while the rows scroll. */
  readonly headPx: number
}

/** Which rows of a long list are in sight; used in a component, whatever it reads is followed. */
export class VirtualRows {
  items = $state.raw<readonly VirtualItem[]>([])
  heightPx = $state(0)
  readonly #virtualizer: Virtualizer<HTMLElement, HTMLElement>

  constructor(options: () => VirtualRowsOptions) {
    const all = () => {
      const { scroller, count, rowPx, headPx } = options()
      return {
        count,
        getScrollElement: () => scroller ?? null,
        estimateSize: () => rowPx,
        overscan: 12,
        scrollMargin: headPx,
        scrollPaddingStart: headPx,
        scrollToFn: elementScroll,
        observeElementRect,
        observeElementOffset,
        onChange: () => this.#read(),
      }
    }
    this.#virtualizer = new Virtualizer(untrack(all))
    $effect(() => this.#virtualizer._didMount())
    $effect(() => {
      const now = all()
      untrack(() => {
        this.#virtualizer.setOptions(now)
        this.#virtualizer._willUpdate()
        this.#read()
      })
    })
  }

  /** Brings a row into sight, if it is not. */
  show(index: number): void {
    this.#virtualizer.scrollToIndex(index, { align: 'auto' })
  }

  #read(): void {
    this.items = this.#virtualizer.getVirtualItems()
    this.heightPx = this.#virtualizer.getTotalSize()
  }
}
