import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'

/** A WebSocket that can do just what the benches need, at a fraction of the cost of a whole client. */
export interface ThinSocket {
  send(text: string): void
  close(): void
}

export interface ThinSocketEvents {
  open(): void
  /** The bytes of one text message; good during the call only. */
  message(text: Buffer): void
  closed(reason: string): void
}

/** One buffer for all sockets: what is read is looked at before anything else happens. */
const shared = Buffer.alloc(256 * 1024)

export function openThinSocket(url: string, events: ThinSocketEvents): ThinSocket {
  const { hostname, port, pathname, search } = new URL(url)
  let isOpen = false
  let rest: Buffer | undefined
  let reason = 'the server closed it'

  const read = (bytes: Buffer): void => {
    let at = 0
    if (!isOpen) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end === -1) return keep(bytes)
      if (!bytes.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) {
        reason = bytes.toString('utf8', 0, 500)
        return void socket.destroy()
      }
      isOpen = true
      at = end + 4
      events.open()
    }
    for (;;) {
      // RFC 6455 §5.2; what a server sends is not masked.
      if (bytes.length < at + 2) break
      let length = bytes[at + 1]! & 127
      let head = 2
      if (length === 126) {
        if (bytes.length < at + 4) break
        length = bytes.readUInt16BE(at + 2)
        head = 4
      } else if (length === 127) {
        if (bytes.length < at + 10) break
        length = Number(bytes.readBigUInt64BE(at + 2))
        head = 10
      }
      const end = at + head + length
      if (bytes.length < end) break
      const kind = bytes[at]! & 15
      const body = bytes.subarray(at + head, end)
      if (kind === 1) events.message(body)
      else if (kind === 9) write(10, Buffer.from(body))
      at = end
    }
    keep(bytes.subarray(at))
  }
  const keep = (bytes: Buffer) => {
    rest = bytes.length === 0 ? undefined : Buffer.from(bytes)
  }
  const socket = connect({
    host: hostname,
    port: Number(port),
    onread: {
      buffer: shared,
      callback: count => {
        const chunk = shared.subarray(0, count)
        read(rest === undefined ? chunk : Buffer.concat([rest, chunk]))
        return true
      },
    },
  })
  /** A client's frames are masked; a mask of zeros leaves them as they are. */
  const write = (kind: number, body: Buffer) => {
    const isShort = body.length < 126
    const head = Buffer.alloc(isShort ? 6 : 8)
    head[0] = 0x80 | kind
    head[1] = 0x80 | (isShort ? body.length : 126)
    if (!isShort) head.writeUInt16BE(body.length, 2)
    socket.write(Buffer.concat([head, body]))
  }
  socket.setNoDelay(true)
  socket.on('connect', () =>
    socket.write(
      `GET ${pathname}${search} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    ),
  )
  socket.on('error', error => {
    reason = error.message
  })
  socket.on('close', () => events.closed(reason))
  return {
    send: text => write(1, Buffer.from(text)),
    close: () => {
      socket.removeAllListeners('close')
      socket.destroy()
    },
  }
}
