import { HashMistake } from './hash-reader.ts'

/** Reads base64, with or without padding; nothing else is forgiven. */
export function readBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, ''))
    throw new HashMistake(`The ${what} is not base64.`)
  return bytes
}
