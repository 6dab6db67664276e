/** Writes whole numbers from 0 to 2^53, small ones in few bytes (7 bits in each, the lowest first). */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(256)
  #length = 0

  number(value: number): void {
    if (this.#length + 8 > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(this.#bytes.length)])
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length))
  }
}

/** Reads what the other has written. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  number(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new RangeError('the bytes end in the middle of a number')
      value += (byte & 127) * factor
      if (byte < 128) return value
      factor *= 128
    }
  }

  /** Passes over some numbers. */
  skip(numbers: number): void {
    for (let left = numbers; left > 0;) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new RangeError('the bytes end in the middle of a number')
      if (byte < 128) left--
    }
  }
}
