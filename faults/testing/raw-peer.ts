import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A TCP connection on which a test says what no client would. */
export interface RawPeer {
  readonly socket: Socket
  /** Everything heard so far. */
  heard(): Buffer
  /** Resolves when the connection is over, with everything heard. */
  readonly over: Promise<Buffer>
  /** Writes, and waits until it has left or the connection is over; `false` when it is. */
  say(bytes: string | Buffer): Promise<boolean>
}

export async function openRaw(t: TestContext, port: number): Promise<RawPeer> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('error', () => {})
  socket.on('data', chunk => chunks.push(chunk))
  t.after(() => socket.destroy())
  const over = new Promise<Buffer>(resolve => {
    socket.once('end', () => socket.end())
    socket.once('close', () => resolve(Buffer.concat(chunks)))
  })
  await once(socket, 'connect')
  return {
    socket,
    heard: () => Buffer.concat(chunks),
    over,
    say: bytes => {
      if (!socket.writable) return Promise.resolve(false)
      const left = new Promise<boolean>(resolve => socket.write(bytes, error => resolve(!error)))
      return Promise.race([left, over.then(() => false)])
    },
  }
}

/** The request that opens a WebSocket. */
export function upgradeRequest(path: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    'host: localhost',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n')
}

/** One WebSocket frame, right unless told otherwise. */
export function webSocketFrame(
  payload: Buffer,
  {
    firstByte = 0x81,
    isMasked = true,
    lengthBytes = payload.length,
  }: { readonly firstByte?: number; readonly isMasked?: boolean; readonly lengthBytes?: number } = {},
): Buffer {
  const mark = isMasked ? 0x80 : 0
  const length = Buffer.alloc(lengthBytes < 126 ? 1 : lengthBytes < 65_536 ? 3 : 9)
  if (length.length === 1) length[0] = mark | lengthBytes
  else if (length.length === 3) {
    length[0] = mark | 126
    length.writeUInt16BE(lengthBytes, 1)
  } else {
    length[0] = mark | 127
    length.writeBigUInt64BE(BigInt(lengthBytes), 1)
  }
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([Buffer.from([firstByte]), length, ...(isMasked ? [Buffer.alloc(4)] : []), payload])
}
