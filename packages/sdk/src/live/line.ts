import type { ClientFrame, ServerFrame } from '@cloudbox/protocol/realtime'

/** What a line tells its owner. */
export interface LineEvents {
  opened(): void
  frame(frame: ServerFrame): void
  /** It broke, or was closed by the server with this code and reason, or was silent for too long. */
  closed(code: number, reason: string): void
}

/** One WebSocket that carries frames and notices silence. Once closed it says nothing more, whatever still arrives. */
export class Line {
  readonly #socket: WebSocket
  readonly #events: LineEvents
  #isClosed = false
  #silenceMs: number
  #lastFrameAt = Date.now()
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param silenceMs - how long the server may take until its first frame */
  constructor(socket: WebSocket, silenceMs: number, events: LineEvents) {
    this.#socket = socket
    this.#events = events
    this.#silenceMs = silenceMs
    this.#hear('open', () => events.opened())
    this.#hear('message', ({ data }) => {
      this.#lastFrameAt = Date.now()
      events.frame(JSON.parse(String(data)) as ServerFrame)
    })
    this.#hear('close', ({ code, reason }) => this.#end(code, reason))
    this.#hear('error', () => this.#end())
    this.#watch(silenceMs)
  }

  send(frame: ClientFrame): void {
    this.#socket.send(JSON.stringify(frame))
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
    this.#socket.close()
  }

  #hear<Name extends keyof WebSocketEventMap>(
    name: Name,
    handle: (event: WebSocketEventMap[Name]) => void,
  ): void {
    this.#socket.addEventListener(name, event => {
      if (!this.#isClosed) handle(event)
    })
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
