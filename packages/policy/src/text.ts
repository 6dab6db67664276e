/** Order by code point, as Postgres' C collation; JavaScript's own order is by UTF-16 unit. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    // Surrogates stand for code points above all others: move them past U+E000..U+FFFF.
    if (x >= 0xd800 && y >= 0xd800) {
      x = x >= 0xe000 ? x - 0x800 : x + 0x2000
      y = y >= 0xe000 ? y - 0x800 : y + 0x2000
    }
    return x < y ? -1 : 1
  }
  return a.length - b.length
}

/** Length in code points. */
export function textSize(text: string): number {
  let size = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit < 0xdc00) size--
  }
  return size
}

/** ASCII only: full case mapping differs between JavaScript and Postgres. */
export const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, letters => letters.toLowerCase())

/** True when Postgres text can hold it. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Canonical lower-case form; absent when malformed. */
export function parseUuid(text: string): string | undefined {
  const lower = lowerAscii(text)
  return UUID.test(lower) ? lower : undefined
}

/** `true` and `false`, as JSON spells them. */
export function textToBool(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}
