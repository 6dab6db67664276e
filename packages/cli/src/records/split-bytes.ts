/** Where one record lies in a buffer. `end` is behind what separates it from the next. */
interface Found {
  readonly start: number
  readonly stop: number
  readonly end: number
}

/** Finds the next record from a place on; undefined: it is not whole yet. `null`: there is none any more. */
type Find = (bytes: Buffer, from: number, isLast: boolean) => Found | null | undefined

/** One record of a file, as its bytes. */
export interface Piece {
  readonly text: string
  /** Its first line, from 1. */
  readonly line: number
  /** Byte of the file behind it, and the line there: where reading can go on later. */
  readonly end: number
  readonly endLine: number
}

const newline = 0x0a
const quote = 0x22
const backslash = 0x5c

/** Cuts a stream into records. Separators are ASCII, so bytes of longer characters are never taken for one. */
export async function* split(
  chunks: AsyncIterable<Buffer>,
  find: Find,
  place: { readonly offset: number; readonly line: number },
): AsyncGenerator<Piece> {
  let { offset, line } = place
  let rest: Buffer = Buffer.alloc(0)
  const take = function* (isLast: boolean): Generator<Piece> {
    let from = 0
    for (;;) {
      const found = find(rest, from, isLast)
      if (found === undefined || found === null) break
      line += newlines(rest, from, found.start)
      const endLine = line + newlines(rest, found.start, found.end)
      yield { text: rest.toString('utf8', found.start, found.stop), line, end: offset + found.end, endLine }
      line = endLine
      from = found.end
    }
    offset += from
    rest = rest.subarray(from)
  }
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    yield* take(false)
  }
  yield* take(true)
}

/** Lines that are not empty. */
export const findLine: Find = (bytes, from, isLast) => {
  let start = from
  while (start < bytes.length && isSpace(bytes[start]!)) start++
  if (start === bytes.length) return isLast ? null : undefined
  const at = bytes.indexOf(newline, start)
  if (at === -1) return isLast ? { start, stop: bytes.length, end: bytes.length } : undefined
  return { start, stop: at, end: at + 1 }
}

/** Rows of CSV: a line break between quotes is part of a value. */
export const findRow: Find = (bytes, from, isLast) => {
  let start = from
  while (start < bytes.length && (bytes[start] === newline || bytes[start] === 0x0d)) start++
  if (start === bytes.length) return isLast ? null : undefined
  let isQuoted = false
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) isQuoted = !isQuoted
    else if (byte === newline && !isQuoted)
      return { start, stop: bytes[at - 1] === 0x0d ? at - 1 : at, end: at + 1 }
  }
  return isLast ? { start, stop: bytes.length, end: bytes.length } : undefined
}

/** Elements of the array a JSON file holds. */
export const findElement: Find = (bytes, from, isLast) => {
  let start = from
  while (
    start < bytes.length &&
    (isSpace(bytes[start]!) || bytes[start] === 0x2c || (start === from && bytes[start] === 0x5b))
  )
    start++
  if (start === bytes.length) return isLast ? null : undefined
  if (bytes[start] === 0x5d) return null
  let depth = 0
  let isText = false
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (isText) {
      if (byte === backslash) at++
      else if (byte === quote) isText = false
    } else if (byte === quote) isText = true
    else if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) depth--
    if (!isText && depth === 0 && (byte === 0x7d || byte === 0x5d))
      return { start, stop: at + 1, end: at + 1 }
    // Anything but an object or a list ends with its comma; whoever reads it will complain.
    if (!isText && depth <= 0 && byte === 0x2c) return { start, stop: at, end: at }
  }
  return isLast ? { start, stop: bytes.length, end: bytes.length } : undefined
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09
}

function newlines(bytes: Buffer, from: number, to: number): number {
  let count = 0
  for (let at = bytes.indexOf(newline, from); at !== -1 && at < to; at = bytes.indexOf(newline, at + 1))
    count++
  return count
}
