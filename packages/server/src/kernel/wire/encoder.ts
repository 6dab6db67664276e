const initialBytes = 16_384
/** A buffer that had to grow further is not kept. */
const keptBytes = 1_048_576

/** Collects messages for the server until they are taken to be written at once. */
export class Encoder {
  #buffer = Buffer.allocUnsafe(initialBytes)
  #at = 0

  get isEmpty(): boolean {
    return this.#at === 0
  }

  /** Everything collected since the last call. */
  take(): Buffer {
    const whole = this.#buffer.subarray(0, this.#at)
    // The socket may hold on to what it was given, so the rest of the buffer is used for what comes next.
    const rest = this.#buffer.length > keptBytes ? 0 : this.#buffer.length - this.#at
    this.#buffer = rest < 1024 ? Buffer.allocUnsafe(initialBytes) : this.#buffer.subarray(this.#at)
    this.#at = 0
    return whole
  }

  startup(parameters: Readonly<Record<string, string>>): void {
    const start = this.#open(undefined)
    this.#int32(196_608)
    for (const [name, value] of Object.entries(parameters)) {
      this.#cstring(name)
      this.#cstring(value)
    }
    this.#byte(0)
    this.#close(start)
  }

  password(text: string): void {
    const start = this.#open('p')
    this.#cstring(text)
    this.#close(start)
  }

  saslInitial(mechanism: string, message: string): void {
    const start = this.#open('p')
    this.#cstring(mechanism)
    this.#value(message)
    this.#close(start)
  }

  saslResponse(message: string): void {
    const start = this.#open('p')
    this.#text(message)
    this.#close(start)
  }

  /** A text of several statements, each without values. */
  simple(text: string): void {
    const start = this.#open('Q')
    this.#cstring(text)
    this.#close(start)
  }

  /** Has the statement parsed under a name, and asks what its rows are made of. */
  parse(name: string, text: string): void {
    let start = this.#open('P')
    this.#cstring(name)
    this.#cstring(text)
    this.#int16(0)
    this.#close(start)
    start = this.#open('D')
    this.#byte(0x53)
    this.#cstring(name)
    this.#close(start)
  }

  /** Runs what was parsed under a name; every value and every answer is text. */
  execute(name: string, values: readonly (string | null)[]): void {
    let start = this.#open('B')
    this.#byte(0)
    this.#cstring(name)
    this.#int16(0)
    this.#int16(values.length)
    for (const value of values) this.#value(value)
    this.#int16(0)
    this.#close(start)
    start = this.#open('E')
    this.#byte(0)
    this.#int32(0)
    this.#close(start)
  }

  /** Forgets what was parsed under a name. */
  forget(name: string): void {
    const start = this.#open('C')
    this.#byte(0x53)
    this.#cstring(name)
    this.#close(start)
  }

  /** Ends a statement: the server answers that it is ready, whether it failed or not. */
  sync(): void {
    this.#close(this.#open('S'))
  }

  terminate(): void {
    this.#close(this.#open('X'))
  }

  #open(type: string | undefined): number {
    if (type !== undefined) this.#byte(type.charCodeAt(0))
    const start = this.#at
    this.#reserve(4)
    this.#at += 4
    return start
  }

  #close(start: number): void {
    this.#buffer.writeInt32BE(this.#at - start, start)
  }

  #byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#at++] = value
  }

  #int16(value: number): void {
    this.#reserve(2)
    // Counts go up to 65,535, in the bits of a signed number.
    this.#at = this.#buffer.writeUInt16BE(value, this.#at)
  }

  #int32(value: number): void {
    this.#reserve(4)
    this.#at = this.#buffer.writeInt32BE(value, this.#at)
  }

  #text(text: string): void {
    // No UTF-16 unit takes more than three bytes.
    this.#reserve(text.length * 3)
    this.#at += this.#buffer.write(text, this.#at, 'utf8')
  }

  #cstring(text: string): void {
    this.#text(text)
    this.#byte(0)
  }

  /** A text behind its length; null is the length -1. */
  #value(text: string | null): void {
    if (text === null) return this.#int32(-1)
    this.#reserve(4)
    const start = this.#at
    this.#at += 4
    this.#text(text)
    this.#buffer.writeInt32BE(this.#at - start - 4, start)
  }

  #reserve(bytes: number): void {
    if (this.#buffer.length - this.#at >= bytes) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes))
    this.#buffer.copy(larger, 0, 0, this.#at)
    this.#buffer = larger
  }
}
