import { Readable } from 'node:stream'
import type { Log } from './log.ts'

/** The answers that are being sent piece by piece. */
export class Streams {
  readonly #log: Log
  readonly #open = new Set<Readable>()

  constructor(log: Log) {
    this.#log = log
  }

  /** What the HTTP library sends; nothing for a HEAD, whose pieces nobody makes. */
  open(
    pieces: AsyncIterable<string | Buffer>,
    request: { method: string; id: string },
  ): Readable | undefined {
    const stream = Readable.from(pieces)
    stream.on('error', error => {
      if (this.#open.has(stream)) this.#log.warn('http.stream-cut', { requestId: request.id, error })
    })
    stream.on('close', () => this.#open.delete(stream))
    if (request.method === 'HEAD') {
      stream.destroy()
      return undefined
    }
    this.#open.add(stream)
    return stream
  }

  /** Ends all of them where they are; their connections are cut. */
  cut(): void {
    const streams = [...this.#open]
    this.#open.clear()
    for (const stream of streams) stream.destroy(new Error('the server stops'))
  }
}
