import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(4096)
let used = pool.length

/** An id that grows with time: 48 bits of milliseconds since 1970, then randomness (RFC 9562). */
export function uuidV7(nowMs = Date.now()): string {
  if (used + 10 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, (used += 10))
  const version = 0x70 | (random[0]! & 0x0f)
  const variant = 0x80 | (random[2]! & 0x3f)
  const hex =
    nowMs.toString(16).padStart(12, '0') +
    version.toString(16) +
    random.toString('hex', 1, 2) +
    variant.toString(16) +
    random.toString('hex', 3, 10)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
