/**
 * Decimals are exact and held as canonical text: `-12.5`, no exponent, no leading or trailing zeros, no negative
 * zero, or `NaN`, `Infinity`, `-Infinity`. So equality is `===`, and they are usable as keys.
 */

const PLAIN = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/
/** Postgres' numeric reaches 131,072 digits; nobody means a number past this. */
const MAX_EXPONENT = 1_000

/** Canonical form of decimal text; absent when it is none. */
export function parseDecimal(text: string): string | undefined {
  const special = /^(?:nan|([-+]?)inf(?:inity)?)$/i.exec(text)
  if (special) return /^nan$/i.test(text) ? 'NaN' : special[1] === '-' ? '-Infinity' : 'Infinity'
  const match = PLAIN.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return undefined
  const shift = Number(exponent)
  if (Math.abs(shift) > MAX_EXPONENT) return undefined
  const point = whole.length + shift
  const digits = whole + fraction
  const padded =
    point > digits.length ? digits.padEnd(point, '0') : point < 0 ? '0'.repeat(-point) + digits : digits
  const at = Math.max(0, point)
  const integer = padded.slice(0, at).replace(/^0+/, '') || '0'
  const decimals = padded.slice(at).replace(/0+$/, '')
  const size = decimals === '' ? integer : `${integer}.${decimals}`
  return sign === '-' && size !== '0' ? `-${size}` : size
}

/** Sign of a - b. NaN is the greatest, as in Postgres. */
export function compareDecimals(a: string, b: string): number {
  if (a === b) return 0
  const rankA = rank(a)
  const rankB = rank(b)
  if (rankA !== rankB || rankA !== 0) return rankA - rankB
  const [integerA = '', fractionA = ''] = a.split('.')
  const [integerB = '', fractionB = ''] = b.split('.')
  const scale = Math.max(fractionA.length, fractionB.length)
  const scaledA = BigInt(integerA + fractionA.padEnd(scale, '0'))
  const scaledB = BigInt(integerB + fractionB.padEnd(scale, '0'))
  return scaledA < scaledB ? -1 : 1
}

function rank(value: string): number {
  return value === 'NaN' ? 2 : value === 'Infinity' ? 1 : value === '-Infinity' ? -1 : 0
}
