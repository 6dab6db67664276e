import { scrypt } from 'node:crypto'
import { HashMistake, maxMemoryBytes } from './hash-reader.ts'

export interface ScryptCost {
  /** Base-2 logarithm of N. */
  readonly logN: number
  readonly r: number
  readonly p: number
}

/** N × r × p: about two seconds of one core. */
const maxWork = 2 ** 22

/** @throws HashMistake when the parameters make no sense or cost too much */
export function checkScryptCost({ logN, r, p }: ScryptCost): void {
  if (logN < 1 || r < 1 || p < 1 || logN > 30)
    throw new HashMistake('The parameters of scrypt are out of range.')
  if (128 * 2 ** logN * r > maxMemoryBytes)
    throw new HashMistake(`Its parameters take more than ${maxMemoryBytes / 2 ** 20} MiB of memory.`)
  if (2 ** logN * r * p > maxWork) throw new HashMistake(`N × r × p is over ${maxWork}.`)
}

export function deriveScrypt(
  password: string,
  salt: Buffer,
  bytes: number,
  { logN, r, p }: ScryptCost,
): Promise<Buffer> {
  const options = { N: 2 ** logN, r, p, maxmem: 2 * maxMemoryBytes }
  return new Promise((resolve, reject) =>
    scrypt(password, salt, bytes, options, (error, key) => (error === null ? resolve(key) : reject(error))),
  )
}
