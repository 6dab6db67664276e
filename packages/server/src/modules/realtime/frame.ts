import type { ServerFrame } from '@cloudbox/protocol/realtime'

/**
 * After a frame: the log position up to which it completes what came before, `none` when rows were taken back, and
 * undefined when it says nothing about that.
 */
export type FramePosition = string | 'none' | undefined

/** One frame on its way to any number of clients: its text, and the same as it travels, made once. */
export class Frame {
  readonly text: string
  readonly position: FramePosition
  #webSocket: Buffer | undefined
  #event: { readonly id: string | undefined; readonly bytes: Buffer } | undefined

  constructor(text: string, position?: FramePosition) {
    this.text = text
    this.position = position
  }

  static of(frame: ServerFrame): Frame {
    const position =
      frame.t === 'reset' ? 'none' : frame.t === 'live' || frame.t === 'sync' ? frame.lsn : undefined
    return new Frame(JSON.stringify(frame), position)
  }

  /** RFC 6455 §5.2: one unmasked text frame. */
  get webSocket(): Buffer {
    return (this.#webSocket ??= toWebSocket(this.text))
  }

  /** One server-sent event. `id` is what a client resumes with; empty: nothing any more. */
  event(id: string | undefined): Buffer {
    if (this.#event === undefined || this.#event.id !== id) {
      // JSON has line breaks between its tokens only, where a space is as good.
      const data = /[\r\n]/.test(this.text) ? this.text.replace(/[\r\n]+/g, ' ') : this.text
      const head = id === undefined ? '' : `id: ${id}\n`
      this.#event = { id, bytes: Buffer.from(`${head}data: ${data}\n\n`) }
    }
    return this.#event.bytes
  }
}

function toWebSocket(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const bytes = Buffer.allocUnsafe(head + length)
  bytes[0] = 0x81
  if (head === 2) bytes[1] = length
  else if (head === 4) {
    bytes[1] = 126
    bytes.writeUInt16BE(length, 2)
  } else {
    bytes[1] = 127
    bytes.writeBigUInt64BE(BigInt(length), 2)
  }
  bytes.write(text, head)
  return bytes
}

/** Largest text of rows in one `snap` frame, in characters. */
const snapCharacters = 65_536

/** `snap` frames with all rows, in their order. The rows are JSON texts, sent as they are. */
export function snapFrames(subscription: number, rows: readonly string[]): Frame[] {
  const frames: Frame[] = []
  let chunk: string[] = []
  let size = 0
  const end = () => {
    if (chunk.length > 0)
      frames.push(new Frame(`{"t":"snap","s":${subscription},"rows":[${chunk.join(',')}]}`))
    chunk = []
    size = 0
  }
  for (const row of rows) {
    if (size > 0 && size + row.length > snapCharacters) end()
    chunk.push(row)
    size += row.length
  }
  end()
  return frames
}

/** One `tx` frame; `changes` is the inside of its list as JSON text. */
export function txFrame(lsn: string, atMs: number, changes: string): Frame {
  return new Frame(`{"t":"tx","lsn":"${lsn}","at":${Math.floor(atMs)},"c":[${changes}]}`, lsn)
}
