import type { ClientFrame } from '@cloudbox/protocol/realtime'
import { CloudBoxError } from '../cloudbox-error.ts'

interface Wait {
  /** Whose end rejects it. */
  readonly owner: object
  /** What has to be told the commit. */
  readonly target: object
  readonly commit: string
  /** Questions on this connection that have not been answered. */
  asked: number
  hasPassed: boolean
  resolve(): void
  reject(error: CloudBoxError): void
}

/** Who waits until a live query has been told a commit. */
export class CommitWaits {
  readonly #send: (frame: ClientFrame) => void
  readonly #waits = new Set<Wait>()

  constructor(send: (frame: ClientFrame) => void) {
    this.#send = send
  }

  /** Waits until `target` has been told a commit; `mayAsk`: the server knows of the target. */
  wait(owner: object, target: object, commit: string, mayAsk: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const wait: Wait = { owner, target, commit, asked: 0, hasPassed: false, resolve, reject }
      this.#waits.add(wait)
      if (mayAsk) this.#ask(wait)
    })
  }

  /** The target was sent to the server, which has to be asked anew. */
  sent(target: object): void {
    for (const wait of this.#waits) if (wait.target === target) this.#ask(wait)
  }

  /** The connection is lost, and its answers with it. */
  lost(): void {
    for (const wait of this.#waits) {
      wait.asked = 0
      wait.hasPassed = false
    }
  }

  passed(commit: string, isLive: (target: object) => boolean): void {
    for (const wait of this.#waits) {
      if (wait.commit !== commit || wait.asked === 0) continue
      wait.hasPassed = --wait.asked === 0
      this.#settle(wait, isLive)
    }
  }

  /** The target has become live. */
  live(target: object): void {
    for (const wait of this.#waits) if (wait.target === target) this.#settle(wait, () => true)
  }

  failed(commit: string, error: CloudBoxError): void {
    this.#reject(wait => wait.commit === commit, error)
  }

  ended(ownerOrTarget: object, error = unsubscribed()): void {
    this.#reject(({ owner, target }) => owner === ownerOrTarget || target === ownerOrTarget, error)
  }

  #ask(wait: Wait): void {
    wait.asked++
    wait.hasPassed = false
    this.#send({ t: 'await', commit: wait.commit })
  }

  #settle(wait: Wait, isLive: (target: object) => boolean): void {
    if (wait.hasPassed && isLive(wait.target) && this.#waits.delete(wait)) wait.resolve()
  }

  #reject(isIt: (wait: Wait) => boolean, error: CloudBoxError): void {
    for (const wait of this.#waits) if (isIt(wait) && this.#waits.delete(wait)) wait.reject(error)
  }
}

/** The live query somebody asks about has ended. */
export function unsubscribed(): CloudBoxError {
  return new CloudBoxError({ code: 'client/unsubscribed', detail: 'The live query ended before' })
}
