import { untrack, type Component } from 'svelte'

/** Something the palette can do. */
export interface Command {
  readonly title: string
  readonly group: string
  readonly icon?: Component<{ class?: string }>
  /** More words it is found by. */
  readonly words?: string
  act(): unknown
}

/** What can be done from anywhere; pages add their own while they are shown. */
class Commands {
  isOpen = $state(false)
  #offers = $state.raw<readonly (() => readonly Command[])[]>([])

  get all(): readonly Command[] {
    return this.#offers.flatMap(offer => offer())
  }

  /** Offers commands as long as the component that calls it is shown. */
  offer(list: () => readonly Command[]): void {
    $effect(() => {
      untrack(() => this.#add(list))
      return () => this.#remove(list)
    })
  }

  #add(list: () => readonly Command[]): void {
    this.#offers = [...this.#offers, list]
  }

  #remove(list: () => readonly Command[]): void {
    this.#offers = this.#offers.filter(one => one !== list)
  }
}

export const commands = new Commands()
