import { createHash, randomBytes } from 'node:crypto'

export type KeyKind = 'publishable' | 'secret'

const prefixes: Record<KeyKind, string> = { publishable: 'cb_pub_', secret: 'cb_secret_' }

/** A new key: its prefix tells people and scanners what it is; 160 random bits follow. */
export function makeKey(kind: KeyKind): string {
  return prefixes[kind] + randomBytes(20).toString('hex')
}

export function isSecretKey(text: string): boolean {
  return text.startsWith(prefixes.secret)
}

export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
