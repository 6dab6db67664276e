/** Keeps many small pieces of bytes in few large blocks: a Buffer of its own costs more than most pieces hold. */
export class ByteBlocks {
  readonly #blockBytes: number
  #block = Buffer.alloc(0)
  #used = 0

  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes
  }

  /** Copies the bytes. A block lives until the last piece in it is let go of. */
  keep(bytes: Buffer): Buffer {
    // A large piece must not be kept alive by the small ones beside it.
    if (bytes.length > this.#blockBytes / 4) {
      const own = Buffer.allocUnsafeSlow(bytes.length)
      bytes.copy(own)
      return own
    }
    if (this.#used + bytes.length > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(this.#blockBytes)
      this.#used = 0
    }
    const start = this.#used
    this.#used += bytes.copy(this.#block, start)
    return this.#block.subarray(start, this.#used)
  }
}
