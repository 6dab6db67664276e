import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a refresh token says: which session, and how often it was refreshed before. */
export interface RefreshTicket {
  readonly sessionId: string
  readonly counter: number
}

const prefix = 'cbr_'
const version = 1
/** Version, session, counter; then 160 bits of HMAC-SHA256. */
const bodyBytes = 1 + 16 + 4
const macBytes = 20

/**
 * Writes a refresh token. Nothing of it is stored: whoever reads the database can make none, and a token of another
 * environment, whose key is another, is refused without a query.
 */
export function writeRefreshToken(key: Buffer, { sessionId, counter }: RefreshTicket): string {
  const body = Buffer.alloc(bodyBytes)
  body.writeUInt8(version, 0)
  Buffer.from(sessionId.replaceAll('-', ''), 'hex').copy(body, 1)
  body.writeUInt32BE(counter, 17)
  return prefix + Buffer.concat([body, mac(key, body)]).toString('base64url')
}

/** Reads a refresh token of this key; undefined when it is none. */
export function readRefreshToken(key: Buffer, token: string): RefreshTicket | undefined {
  if (!token.startsWith(prefix)) return undefined
  const bytes = Buffer.from(token.slice(prefix.length), 'base64url')
  if (bytes.length !== bodyBytes + macBytes || bytes[0] !== version) return undefined
  const body = bytes.subarray(0, bodyBytes)
  if (!timingSafeEqual(mac(key, body), bytes.subarray(bodyBytes))) return undefined
  const hex = body.toString('hex', 1, 17)
  const sessionId = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
  return { sessionId, counter: body.readUInt32BE(17) }
}

function mac(key: Buffer, body: Buffer): Buffer {
  return createHmac('sha256', key).update(body).digest().subarray(0, macBytes)
}
