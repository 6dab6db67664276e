/**
 * tls: the certificates of a server that ends TLS itself.
 *
 * How it flows: names and a CA (acme-certificates), or files that others keep (own-certificate) → certificates →
 * TlsContexts, which every process that answers requests has; with workers the first process asks and tells them. Beside
 * it the port of plain HTTP answers the CA and leads everybody else to HTTPS.
 *
 * Guarantees: a certificate is replaced without a restart and without an end of what is open; one that cannot be had
 * leaves the older one in place; the CA is never asked more often than it takes.
 * It is not: a proxy, or a place for other sites' certificates.
 */
import { resolve } from 'node:path'
import { systemClock, type Clock } from '../kernel/clock.ts'
import { listOf } from '../kernel/config.ts'
import type { Log } from '../kernel/log.ts'
import type { Notice } from '../kernel/module.ts'
import type { ServerConfig } from '../kernel/server-config.ts'
import { hasTls } from '../kernel/tls-settings.ts'
import type { Certificate } from '../kernel/tls-contexts.ts'
import { keepCertificates, type AcmeCertificates } from './acme-certificates.ts'
import { followCertificate } from './own-certificate.ts'
import { servePlainHttp, type PlainHttp, type PlainHttpOptions } from './plain-http.ts'

export interface OpenTlsOptions {
  readonly settings: ServerConfig
  readonly log: Log
  readonly clock?: Clock
  readonly httpsPort: PlainHttpOptions['httpsPort']
  readonly look: PlainHttpOptions['look']
  /** Called with all certificates there are whenever one is new. */
  show(certificates: readonly Certificate[]): void
}

/** TLS of a server that runs. */
export interface Tls {
  /** The port of plain HTTP, if there is one. */
  readonly httpPort: number | undefined
  notices(): readonly Notice[]
  stop(): Promise<void>
}

/**
 * Opens the port of plain HTTP and sees to certificates. Resolves when there are some, or it is known why not.
 * @throws StartProblem
 */
export async function openTls(options: OpenTlsOptions): Promise<Tls | undefined> {
  const { settings, log, clock = systemClock, show, httpsPort, look } = options
  if (!hasTls(settings)) return undefined
  const domains = listOf(settings.domain)
  let shown: readonly Certificate[] = []
  let acme: AcmeCertificates | undefined
  const tell = (certificates: readonly Certificate[]) => show((shown = certificates))
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end()
  }
  try {
    let http: PlainHttp | undefined
    if (settings.httpPort !== -1) {
      const { host, httpPort: port } = settings
      const missing = () => (shown.length > 0 ? undefined : whyNot(acme))
      http = await servePlainHttp({ host, port, domains, httpsPort, missing, look })
      stops.push(http.stop)
    }
    if (settings.tlsCert !== '') {
      const files = { certFile: resolve(settings.tlsCert), keyFile: resolve(settings.tlsKey) }
      const followed = await followCertificate({ ...files, log, show: tell })
      stops.push(() => followed.stop())
    } else {
      const { acmeDirectory: directoryUrl, acmeEmail: email } = settings
      const dataDir = resolve(settings.dataDir)
      const { show: showChallenge } = http!
      const challenges = { show: showChallenge }
      acme = await keepCertificates({
        domains,
        directoryUrl,
        email,
        dataDir,
        challenges,
        clock,
        log,
        show: tell,
      })
      const kept = acme
      stops.push(() => kept.stop())
    }
    return {
      httpPort: http?.port,
      notices: () =>
        (acme?.problems ?? []).map(({ detail, hint }) => ({ code: 'server/certificate', detail, hint })),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function whyNot(acme: AcmeCertificates | undefined): string {
  const [problem] = acme?.problems ?? []
  return problem === undefined
    ? 'The certificate of this server is being made.'
    : `There is no certificate yet. ${problem.detail}`
}
