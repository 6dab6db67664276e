import type { ChangeStream } from '../../kernel/stream.ts'
import { HeldBack } from './held-back.ts'
import type { Group } from './group.ts'
import { differences } from './order-window.ts'
import { tell, type News } from './tell.ts'

export interface CoalescingOptions {
  readonly stream: ChangeStream
  /** More changed documents than this are told at once. */
  readonly mostRows: number
  /** What was held back has been told to those who were there. */
  flushed(group: Group): void
}

/** Holds the changes of groups back that want them together, with one timer for each that has any. */
export class Coalescing {
  readonly #options: CoalescingOptions

  constructor(options: CoalescingOptions) {
    this.#options = options
  }

  hold({ group, effects, since, shown }: News, committedAtMs: number): void {
    if (group.heldBack === undefined) {
      const timer = setTimeout(() => this.#flush(group), group.delivery.coalesceMs)
      group.heldBack = new HeldBack(since, shown, timer)
    }
    group.heldBack.atMs = committedAtMs
    if (group.limit !== undefined) return
    if (group.heldBack.add(effects) > this.#options.mostRows) this.#flush(group)
  }

  /** The group's window is known again: tells what could not be told meanwhile. */
  thaw(group: Group): void {
    if (group.heldBack?.isDue === true) this.#flush(group)
  }

  #flush(group: Group): void {
    const { heldBack, window } = group
    if (heldBack === undefined) return
    if (group.isFrozen) {
      heldBack.isDue = true
      return
    }
    drop(group)
    const { since, shown, atMs } = heldBack
    const effects = window === undefined ? heldBack.net() : differences(shown ?? [], window.shown)
    const { lsn } = this.#options.stream
    if (effects.length > 0)
      tell(window === undefined ? lsn : group.lsnAfter(lsn), atMs, [{ group, effects, since, shown }])
    this.#options.flushed(group)
  }
}

/** What is held back will not be told: nobody is there any more, or everybody gets it otherwise. */
export function drop(group: Group): void {
  group.heldBack?.stop()
  group.heldBack = undefined
}
