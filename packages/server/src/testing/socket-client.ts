import assert from 'node:assert/strict'
import type { ClientFrame, ServerFrame } from '@cloudbox/protocol/realtime'
import { until } from './until.ts'

/** A client over a real WebSocket, frame by frame. */
export class SocketClient {
  readonly frames: ServerFrame[] = []
  readonly #socket: WebSocket
  closed: { code: number; reason: string } | undefined

  constructor(environmentUrl: string, key: string) {
    this.#socket = new WebSocket(`${environmentUrl.replace('http', 'ws')}/v1/realtime?apikey=${key}`)
    this.#socket.addEventListener('message', ({ data }) => {
      this.frames.push(JSON.parse(String(data)) as ServerFrame)
    })
    this.#socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason }
    })
  }

  /** Opens and says hello. */
  async greet(token?: string): Promise<this> {
    await this.until(() => this.#socket.readyState === WebSocket.OPEN, 'the socket is open')
    this.send({ t: 'hello', v: 1, ...(token === undefined ? {} : { token }) })
    return this
  }

  send(frame: ClientFrame): void {
    this.write(JSON.stringify(frame))
  }

  write(text: string): void {
    this.#socket.send(text)
  }

  /** Waits for something that a frame makes true. Fails at once when the socket is closed without it. */
  async until(isTrue: () => boolean, what: string): Promise<void> {
    await until(() => {
      // Every frame has come before the end has.
      const { closed } = this
      if (isTrue()) return true
      if (closed !== undefined)
        assert.fail(`the socket was closed (${closed.code} ${closed.reason}) before ${what}`)
      return false
    }, what)
  }

  /** The first frame of that kind, also one that comes later. */
  async frame<T extends ServerFrame['t']>(
    kind: T,
    isIt: (frame: Extract<ServerFrame, { t: T }>) => boolean = () => true,
  ): Promise<Extract<ServerFrame, { t: T }>> {
    const find = () =>
      this.frames.find(frame => frame.t === kind && isIt(frame as Extract<ServerFrame, { t: T }>))
    await this.until(
      () => find() !== undefined,
      `a frame ${kind} comes; there were ${JSON.stringify(this.frames)}`,
    )
    return find() as Extract<ServerFrame, { t: T }>
  }

  close(): void {
    this.#socket.close()
  }
}
