import type { Duplex } from 'node:stream'

/** What travels between the processes of one server; `t` tells what it is. */
export interface LinkMessage {
  readonly t: string
}

const newline = 0x0a

/**
 * A connection between two processes of one server: messages in order, each a line of JSON. Losing it means that the
 * other process has gone.
 */
export class Link {
  readonly #socket: Duplex
  readonly #hearers: ((message: LinkMessage) => void)[] = []
  #rest: Buffer[] = []
  /** Resolves when the other process has gone, or either has closed. */
  readonly closed: Promise<void>

  constructor(socket: Duplex) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    // The end that follows an error tells everything there is to know.
    socket.on('error', () => {})
    this.closed = new Promise(resolve => socket.once('close', () => resolve()))
  }

  /** Bytes that wait for the other process to read. */
  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  /** Hears every message from now on; each hearer takes the kinds it knows. */
  hear(hear: (message: LinkMessage) => void): void {
    this.#hearers.push(hear)
  }

  send(message: LinkMessage): void {
    this.write(encodeMessage(message))
  }

  /** Sends a message that was encoded for several links at once. */
  write(line: Buffer): void {
    if (this.#socket.writable) this.#socket.write(line)
  }

  /** Resolves when what waits has been taken, or never will be. */
  async drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain) return
    await new Promise<void>(resolve => {
      const done = () => {
        this.#socket.off('drain', done).off('close', done)
        resolve()
      }
      this.#socket.on('drain', done).on('close', done)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    let from = 0
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) {
      const line = [...this.#rest, bytes.subarray(from, end)]
      this.#rest = []
      from = end + 1
      const message = JSON.parse(
        line.length === 1 ? line[0]!.toString() : Buffer.concat(line).toString(),
      ) as LinkMessage
      for (const hear of this.#hearers) hear(message)
    }
    if (from < bytes.length) this.#rest.push(bytes.subarray(from))
  }
}

export function encodeMessage(message: LinkMessage): Buffer {
  return Buffer.from(`${JSON.stringify(message)}\n`)
}
