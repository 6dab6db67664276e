/** What X.509 is written in: DER (ITU-T X.690), as far as requests for certificates need it. */
export const der = {
  sequence: (...parts: Uint8Array[]) => tagged(0x30, ...parts),
  set: (...parts: Uint8Array[]) => tagged(0x31, ...parts),
  /** A whole number that is not negative. */
  integer: (bytes: Uint8Array) => {
    const from = bytes.findIndex(byte => byte !== 0)
    const short = from === -1 ? Uint8Array.of(0) : bytes.subarray(from)
    return tagged(0x02, short[0]! > 0x7f ? Uint8Array.of(0) : Uint8Array.of(), short)
  },
  /** Dotted: `2.5.29.17`. */
  oid: (dotted: string) => {
    const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
    return tagged(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)))
  },
  octets: (...parts: Uint8Array[]) => tagged(0x04, ...parts),
  bits: (bytes: Uint8Array) => tagged(0x03, Uint8Array.of(0), bytes),
  /** A tag of its own: `[2]` of an alternative is 0x82, `[0]` around others 0xa0. */
  tagged,
}

function tagged(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts)
  return Buffer.concat([Uint8Array.of(tag, ...lengthOf(content.length)), content])
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes = bytesOf(length, 256)
  return [0x80 | bytes.length, ...bytes]
}

/** Groups of seven bits, all but the last one marked. */
function base128(value: number): number[] {
  const groups = bytesOf(value, 128)
  return groups.map((group, i) => (i < groups.length - 1 ? group | 0x80 : group))
}

function bytesOf(value: number, base: number): number[] {
  return value < base ? [value] : [...bytesOf(Math.floor(value / base), base), value % base]
}
