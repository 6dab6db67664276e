import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(4096)
let used = pool.length

/** Two digits for each byte: ids are made by the thousand. */
const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
let timeMs = -1
let time = ''

/** An id that grows with time: 48 bits of milliseconds since 1970, then randomness (RFC 9562). */
export function uuidV7(nowMs = Date.now()): string {
  if (used + 10 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  if (nowMs !== timeMs) {
    const digits = nowMs.toString(16).padStart(12, '0')
    time = `${digits.slice(0, 8)}-${digits.slice(8)}`
    timeMs = nowMs
  }
  const at = used
  used += 10
  const byte = (offset: number): string => pairs[pool[at + offset]!]!
  const version = pairs[0x70 | (pool[at]! & 0x0f)]!
  const variant = pairs[0x80 | (pool[at + 2]! & 0x3f)]!
  return `${time}-${version}${byte(1)}-${variant}${byte(3)}-${byte(4)}${byte(5)}${byte(6)}${byte(7)}${byte(8)}${byte(9)}`
}
