import type { Writable } from 'node:stream'
import type { Frame } from './frame.ts'

export interface OutboxOptions {
  /** One frame as it travels here; called once for each frame, in the order of sending. */
  encode(frame: Frame): Buffer
  /** Bytes that may wait; more means that the client lags. */
  readonly limitBytes: number
  /** The client lags from now on. */
  lagging(): void
  /** The client has read everything after having lagged, or after a snapshot was refused. */
  drained(): void
  /** More than the limit was sent to a client that lags. */
  flooded(): void
}

/**
 * What is on its way to one socket. All frames of a tick become one write of the shared bytes; how much the socket
 * has not taken yet tells whether the client keeps up.
 */
export class Outbox {
  readonly #stream: Writable
  readonly #options: OutboxOptions
  #queue: Buffer[] = []
  #queuedBytes = 0
  /** Bytes of snapshots since the socket was last empty: a client may have those waiting on top. */
  #snapshotBytes = 0
  #isLagging = false
  #mustTell = false
  /** Bytes that were sent although the client lags: answers to what it asks meanwhile. */
  #extraBytes = 0

  constructor(stream: Writable, options: OutboxOptions) {
    this.#stream = stream
    this.#options = options
    stream.on('drain', () => this.#drained())
  }

  get isLagging(): boolean {
    return this.#isLagging
  }

  send(frame: Frame): void {
    this.#put(this.#options.encode(frame))
  }

  /** False when as much is waiting as may; nothing is queued then, and `drained` will tell when to try again. */
  sendSnapshot(frames: readonly Frame[]): boolean {
    if (this.#waiting > this.#options.limitBytes) {
      this.#mustTell = true
      return false
    }
    for (const frame of frames) {
      const bytes = this.#options.encode(frame)
      this.#snapshotBytes += bytes.length
      this.#put(bytes)
    }
    return true
  }

  #put(bytes: Buffer): void {
    if (this.#queue.length === 0) queueMicrotask(() => this.flush())
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    if (this.#isLagging) {
      this.#extraBytes += bytes.length
      if (this.#extraBytes > this.#options.limitBytes) this.#options.flooded()
    } else if (this.#waiting > this.#options.limitBytes + this.#snapshotBytes) {
      this.#isLagging = true
      this.#options.lagging()
    }
  }

  get #waiting(): number {
    return this.#stream.writableLength + this.#queuedBytes
  }

  flush(): void {
    const queue = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    if (!this.#stream.writable) return
    this.#stream.cork()
    for (const bytes of queue) this.#stream.write(bytes)
    this.#stream.uncork()
    // A socket that takes everything at once has nothing to drain.
    if (this.#stream.writableLength === 0) this.#drained()
  }

  #drained(): void {
    this.#snapshotBytes = 0
    if (this.#queue.length > 0 || !(this.#isLagging || this.#mustTell)) return
    this.#isLagging = false
    this.#mustTell = false
    this.#extraBytes = 0
    this.#options.drained()
  }
}
