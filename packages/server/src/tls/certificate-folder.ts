import { createPrivateKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate } from '../kernel/tls-contexts.ts'

/** What was tried for a name since it worked last. */
export interface Attempts {
  /** When it did not work, milliseconds since 1970; the newest last. */
  readonly failedAt: readonly number[]
  /** The CA asked to be left alone until then. */
  readonly notBefore: number
}

const none: Attempts = { failedAt: [], notBefore: 0 }

/** What is kept of one CA: the key of the account, and a folder for each name. Only our user can read any of it. */
export class CertificateFolder {
  readonly #folder: string

  constructor(dataDir: string, directoryUrl: string) {
    const { host, pathname } = new URL(directoryUrl)
    // Certificates of the staging CA are none of the real one's.
    const name = `${host}${pathname}`.replaceAll(/[^\w.-]+/g, '_')
    this.#folder = join(dataDir, 'tls', name)
  }

  async accountKey(): Promise<KeyObject> {
    const kept = await readIfThere(join(this.#folder, 'account.pem'))
    if (kept !== undefined) return createPrivateKey(kept)
    const key = freshKey()
    await this.#write('account.pem', pemOf(key))
    return key
  }

  /** Undefined when there is none, or none that can be used. */
  async certificate(domain: string): Promise<Certificate | undefined> {
    const text = await readIfThere(join(this.#folder, domain, 'certificate.pem'))
    const [, key, cert] = /^(.*?-----END PRIVATE KEY-----\n)(.*)$/s.exec(text ?? '') ?? []
    if (key === undefined || cert === undefined || !belongTogether(cert, key)) return undefined
    return { domain, cert, key }
  }

  /** Key and certificate are one file: whoever reads it finds two that belong together. */
  keep({ domain, cert, key }: Certificate): Promise<void> {
    return this.#write(join(domain, 'certificate.pem'), `${key}${cert}`)
  }

  async attempts(domain: string): Promise<Attempts> {
    const text = await readIfThere(join(this.#folder, domain, 'attempts.json'))
    return text === undefined ? none : { ...none, ...(JSON.parse(text) as Partial<Attempts>) }
  }

  keepAttempts(domain: string, attempts: Attempts): Promise<void> {
    return this.#write(join(domain, 'attempts.json'), JSON.stringify(attempts))
  }

  async #write(name: string, text: string): Promise<void> {
    const path = join(this.#folder, name)
    const draft = `${path}.${process.pid}`
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
    await rm(draft, { force: true })
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
  }
}

export function freshKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
}

export function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** Whether both can be read, and the certificate is for that key. */
export function belongTogether(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

/** From when until when a certificate is good; milliseconds since 1970. */
export function validityOf({ cert }: Pick<Certificate, 'cert'>): {
  readonly from: number
  readonly to: number
} {
  const { validFromDate, validToDate } = new X509Certificate(cert)
  return { from: validFromDate.getTime(), to: validToDate.getTime() }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw error
  }
}
