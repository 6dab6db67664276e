/** Hears one message: its type byte, and where its body stands. The bytes are only good during the call. */
export type HearMessage = (type: number, buffer: Buffer, start: number, end: number) => void

const headerBytes = 5
const largestMessageBytes = 0x4000_0000

/**
 * Cuts what a socket delivers into messages of the protocol. What arrives whole is read where it lies; only a message
 * that is split between chunks is copied, once, into a buffer of its full length.
 */
export class Decoder {
  readonly #hear: HearMessage
  /** The beginning of a message that is not complete. */
  #part = Buffer.alloc(0)
  #filled = 0

  constructor(hear: HearMessage) {
    this.#hear = hear
  }

  /** @throws Error when this cannot be the protocol. */
  push(chunk: Buffer): void {
    let at = 0
    while (this.#filled > 0) {
      const isHeaderKnown = this.#filled >= headerBytes
      const wanted = isHeaderKnown ? 1 + lengthAt(this.#part, 1) : headerBytes
      if (this.#part.length < wanted) {
        const larger = Buffer.allocUnsafe(wanted)
        this.#part.copy(larger, 0, 0, this.#filled)
        this.#part = larger
      }
      const taken = chunk.copy(this.#part, this.#filled, at, at + wanted - this.#filled)
      at += taken
      this.#filled += taken
      if (this.#filled < wanted) return
      if (!isHeaderKnown && lengthAt(this.#part, 1) > 4) continue
      const message = this.#part
      this.#part = Buffer.alloc(0)
      this.#filled = 0
      this.#hear(message[0]!, message, headerBytes, wanted)
    }
    while (chunk.length - at >= headerBytes) {
      const end = at + 1 + lengthAt(chunk, at + 1)
      if (end > chunk.length) break
      this.#hear(chunk[at]!, chunk, at + headerBytes, end)
      at = end
    }
    if (at === chunk.length) return
    this.#part = Buffer.from(chunk.subarray(at))
    this.#filled = this.#part.length
  }
}

function lengthAt(buffer: Buffer, at: number): number {
  const length = buffer.readInt32BE(at)
  if (length < 4 || length > largestMessageBytes)
    throw new Error('the server does not speak the protocol of Postgres')
  return length
}
