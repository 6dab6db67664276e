/** An exact integer: a number while that is safe, else a bigint. The two never denote the same value. */
export type Int = number | bigint

/** The canonical form of an integer. */
export function normalizeInt(value: bigint): Int {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value
}

// `+ 0` turns -0, which integers do not have, into 0.
export function addInts(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum)) return sum + 0
  }
  return normalizeInt(BigInt(a) + BigInt(b))
}

export function subtractInts(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b
    if (Number.isSafeInteger(difference)) return difference + 0
  }
  return normalizeInt(BigInt(a) - BigInt(b))
}

export function multiplyInts(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    if (Number.isSafeInteger(product)) return product + 0
  }
  return normalizeInt(BigInt(a) * BigInt(b))
}

/** Truncates toward zero; absent when dividing by zero. */
export function divideInts(a: Int, b: Int): Int | undefined {
  if (b === 0) return undefined
  if (typeof a === 'number' && typeof b === 'number') return Math.trunc(a / b) + 0
  return normalizeInt(BigInt(a) / BigInt(b))
}

/** Has the sign of the dividend; absent when dividing by zero. */
export function remainderOfInts(a: Int, b: Int): Int | undefined {
  if (b === 0) return undefined
  if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0
  return normalizeInt(BigInt(a) % BigInt(b))
}

/** The integer when an int8 column can hold it. */
export function fitInt(value: Int): Int | undefined {
  return value >= -9223372036854775808n && value <= 9223372036854775807n ? value : undefined
}

/** The nearest double. Integers past 1e308, which Postgres refuses to convert, are infinite. */
export function intToDouble(value: Int): number {
  const double = Number(value)
  return Math.abs(double) < 1e308 ? double : double * Infinity
}

/** Cut off after the point; absent for what no integer comes near. */
export function doubleToInt(value: number): Int | undefined {
  return Math.abs(value) < 9.2e18 ? normalizeInt(BigInt(Math.trunc(value))) : undefined
}

/** The integer a text spells in decimal digits, and nothing else. */
export function textToInt(text: string): Int | undefined {
  if (!/^[+-]?[0-9]{1,30}$/.test(text)) return undefined
  return fitInt(normalizeInt(BigInt(text.replace('+', ''))))
}

/** The number a text spells in decimal digits: well inside of what both sides can hold. */
export function textToDouble(text: string): number | undefined {
  return /^[+-]?[0-9]{1,20}([.][0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$/.test(text) ? Number(text) : undefined
}

/** Postgres: NaN equals itself. */
export const doublesEqual = (a: number, b: number): boolean => a === b || (a !== a && b !== b)
/** Postgres: NaN is the greatest. */
export const doubleLess = (a: number, b: number): boolean => a < b || (b !== b && a === a)

// Postgres raises on overflow and underflow, JavaScript does not: inside these bounds neither can happen.
function isTame(value: number): boolean {
  const size = Math.abs(value)
  return value === 0 || (size >= 1e-150 && size <= 1e150)
}

export function addDoubles(a: number, b: number): number | undefined {
  return isTame(a) && isTame(b) ? a + b : undefined
}
export function subtractDoubles(a: number, b: number): number | undefined {
  return isTame(a) && isTame(b) ? a - b : undefined
}
export function multiplyDoubles(a: number, b: number): number | undefined {
  return isTame(a) && isTame(b) ? a * b : undefined
}
export function divideDoubles(a: number, b: number): number | undefined {
  return isTame(a) && isTame(b) && b !== 0 ? a / b : undefined
}
