import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Bytes of the master key. */
export const masterKeyBytes = 32

const ivBytes = 12
const tagBytes = 16

/**
 * Everything that hangs on the master key: keys derived from it, and secrets sealed with those. The master key itself is
 * never in the database, so a copy of the database opens nothing and signs nothing.
 */
export class Vault {
  readonly #master: Buffer
  readonly #derived = new Map<string, Buffer>()

  /** @param master 32 random bytes */
  constructor(master: Buffer) {
    if (master.length !== masterKeyBytes)
      throw new Error(`the master key has ${master.length} bytes, not ${masterKeyBytes}`)
    this.#master = master
  }

  /** A key of its own for one purpose of one owner, e.g. an environment's id and `refresh-v1` (HKDF-SHA256, 32 bytes). */
  derive(owner: string, purpose: string): Buffer {
    const name = `${owner} ${purpose}`
    const known = this.#derived.get(name)
    if (known !== undefined) return known
    const key = Buffer.from(hkdfSync('sha256', this.#master, owner, `cloudbox ${purpose}`, masterKeyBytes))
    this.#derived.set(name, key)
    return key
  }

  /**
   * Seals a secret for one owner (AES-256-GCM). It opens only under the same owner and label, so that a sealed value copied
   * to another place is of no use there.
   * @param label what it is and where it stands, e.g. `signing-key <kid>`
   */
  seal(owner: string, label: string, secret: string | Buffer): Buffer {
    const iv = randomBytes(ivBytes)
    const cipher = createCipheriv('aes-256-gcm', this.derive(owner, 'box-v1'), iv).setAAD(Buffer.from(label))
    const sealed = Buffer.concat([cipher.update(secret), cipher.final()])
    return Buffer.concat([Buffer.from([1]), iv, cipher.getAuthTag(), sealed])
  }

  /**
   * Opens what {@link Vault.seal} sealed.
   * @throws Error when it was sealed with another master key, for another owner or label, or was changed
   */
  open(owner: string, label: string, sealed: Buffer): Buffer {
    const iv = sealed.subarray(1, 1 + ivBytes)
    const tag = sealed.subarray(1 + ivBytes, 1 + ivBytes + tagBytes)
    const decipher = createDecipheriv('aes-256-gcm', this.derive(owner, 'box-v1'), iv)
    decipher.setAAD(Buffer.from(label)).setAuthTag(tag)
    return Buffer.concat([decipher.update(sealed.subarray(1 + ivBytes + tagBytes)), decipher.final()])
  }

  /** Tells one master key from another without telling it. */
  fingerprint(): string {
    return createHmac('sha256', this.derive('', 'fingerprint-v1')).digest('hex').slice(0, 32)
  }
}
