import type { ClientFrame, ServerFrame } from '@cloudbox/protocol/realtime'

/** What a line tells its owner. */
export interface LineEvents {
  /** It takes frames from now on. */
  opened(): void
  frame(frame: ServerFrame): void
  /** It broke, or was closed by the server with this code and reason, or was silent for too long. */
  closed(code: number, reason: string): void
}

/** What carries the frames of a line. It tells nothing before it has been returned. */
export interface Carrier {
  send(frames: readonly ClientFrame[]): void
  close(): void
}

/** One connection that carries frames and notices silence. Once closed it says nothing more, whatever still arrives. */
export class Line {
  readonly #carrier: Carrier
  readonly #events: LineEvents
  #isClosed = false
  #silenceMs: number
  #lastFrameAt = Date.now()
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param silenceMs - how long the server may take until its first frame */
  constructor(carry: (events: LineEvents) => Carrier, silenceMs: number, events: LineEvents) {
    this.#events = events
    this.#silenceMs = silenceMs
    this.#carrier = carry({
      opened: () => this.#isClosed || events.opened(),
      frame: frame => {
        this.#lastFrameAt = Date.now()
        if (!this.#isClosed) events.frame(frame)
      },
      closed: (code, reason) => this.#isClosed || this.#end(code, reason),
    })
    this.#watch(silenceMs)
  }

  send(...frames: readonly ClientFrame[]): void {
    this.#carrier.send(frames)
  }

  /** From now on the server may be silent for this long. */
  mayBeSilentFor(silenceMs: number): void {
    this.#silenceMs = silenceMs
    this.#watch(silenceMs)
  }

  /** Lets go at once: closing a socket that hangs may take long. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#carrier.close()
  }

  #end(code = 1006, reason = ''): void {
    this.close()
    this.#events.closed(code, reason)
  }

  /** Looking now and then is cheaper than setting a timer for each frame. */
  #watch(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const restMs = this.#lastFrameAt + this.#silenceMs - Date.now()
      if (restMs <= 0) this.#end()
      else this.#watch(restMs)
    }, delayMs)
  }
}
