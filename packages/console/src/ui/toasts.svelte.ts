interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: 'green' | 'red'
  /** Such as undoing it. */
  readonly action?: { readonly label: string; act(): unknown }
}

const shownMs = 6000

/** Short news that needs no answer. */
class Toasts {
  all = $state.raw<readonly Toast[]>([])
  #next = 0

  say(text: string, { tone = 'green', action }: Partial<Pick<Toast, 'tone' | 'action'>> = {}): void {
    const id = this.#next++
    const others = this.all.filter(toast => toast.text !== text)
    this.all = [...others, { id, text, tone, ...(action !== undefined && { action }) }]
    setTimeout(() => this.drop(id), shownMs)
  }

  drop(id: number): void {
    this.all = this.all.filter(toast => toast.id !== id)
  }
}

export const toasts = new Toasts()
