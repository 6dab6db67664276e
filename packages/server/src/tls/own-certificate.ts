import { readFile } from 'node:fs/promises'
import type { Log } from '../kernel/log.ts'
import { StartProblem } from '../kernel/postgres/start-problem.ts'
import { repeat } from '../kernel/repeat.ts'
import type { Certificate } from '../kernel/tls-contexts.ts'
import { belongTogether, validityOf } from './certificate-folder.ts'

export interface OwnCertificateOptions {
  /** PEM files: the certificate with its chain, and its key. */
  readonly certFile: string
  readonly keyFile: string
  readonly log: Log
  readonly lookMs?: number
  show(certificates: readonly Certificate[]): void
}

const usuallyMs = 10_000

/**
 * Shows a certificate that others keep, and the new one when they have replaced it.
 * @throws StartProblem when the files are not there or do not belong together
 */
export async function followCertificate({
  certFile,
  keyFile,
  log,
  lookMs = usuallyMs,
  show,
}: OwnCertificateOptions): Promise<{ stop(): Promise<void> }> {
  const read = async (): Promise<Certificate> => ({
    domain: '',
    cert: await readPem(certFile, '--tls-cert'),
    key: await readPem(keyFile, '--tls-key'),
  })
  let known = await read()
  if (!belongTogether(known.cert, known.key))
    throw new StartProblem(
      'server/certificate',
      `The key in ${keyFile} is not that of the certificate in ${certFile}, or one of them is no PEM.`,
      'The certificate comes first in its file, then its chain; the key has no password.',
    )
  const { to } = validityOf(known)
  if (to < Date.now())
    log.warn('tls.certificate-ended', { file: certFile, ended: new Date(to).toISOString() })
  show([known])
  return repeat(lookMs, log, 'tls.follow-certificate', async () => {
    const next = await read()
    if (next.cert === known.cert && next.key === known.key) return
    // Two files are replaced one after the other: a pair that does not match is looked at again.
    if (!belongTogether(next.cert, next.key)) return
    known = next
    show([known])
    log.info('tls.certificate', { file: certFile, until: new Date(validityOf(known).to).toISOString() })
  })
}

async function readPem(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new StartProblem(
      'server/certificate',
      `${flag}: ${file} cannot be read (${(error as { code?: string }).code}).`,
      "The server's own user has to be able to read it.",
    )
  }
}
