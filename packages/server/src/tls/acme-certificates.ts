import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Certificate } from '../kernel/tls-contexts.ts'
import { AcmeClient, type Challenges } from './acme-client.ts'
import { AcmeProblem } from './acme-problem.ts'
import { CertificateFolder, freshKey, pemOf, validityOf } from './certificate-folder.ts'
import { failedAgain, firstAttemptAt, nextAttemptAt, renewAt, renewNewAt } from './when-to-try.ts'

export interface AcmeCertificatesOptions {
  readonly domains: readonly string[]
  readonly directoryUrl: string
  readonly email: string
  readonly dataDir: string
  readonly challenges: Challenges
  readonly clock: Clock
  readonly log: Log
  /** Called with all there are whenever one is new. */
  show(certificates: readonly Certificate[]): void
}

/** Why a name has no certificate, or no newer one. */
export interface CertificateProblem {
  readonly domain: string
  readonly detail: string
  readonly hint: string
}

/** Certificates by ACME, one for each name, replaced before they end. */
export interface AcmeCertificates {
  /** Of names for which the last attempt failed. */
  readonly problems: readonly CertificateProblem[]
  stop(): Promise<void>
}

/** Timers take no longer waits, and a machine may have slept. */
const longestWaitMs = 3_600_000

/**
 * Shows what is kept, and asks the CA for what is missing. Resolves once that has been tried. Each certificate is replaced
 * when a third of its time is left. What fails is tried again later, less and less often; as long as there is
 * an older certificate, that is shown.
 */
export async function keepCertificates(options: AcmeCertificatesOptions): Promise<AcmeCertificates> {
  const keeper = new Keeper(options)
  await keeper.begin()
  return keeper
}

class Keeper implements AcmeCertificates {
  readonly #options: AcmeCertificatesOptions
  readonly #folder: CertificateFolder
  readonly #certificates = new Map<string, Certificate>()
  readonly #problems = new Map<string, CertificateProblem>()
  readonly #dueAt = new Map<string, number>()
  readonly #stopping = new AbortController()
  #client: AcmeClient | undefined
  #timer: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()
  #hearNoJump = () => {}

  constructor(options: AcmeCertificatesOptions) {
    this.#options = options
    this.#folder = new CertificateFolder(options.dataDir, options.directoryUrl)
  }

  get problems(): readonly CertificateProblem[] {
    return [...this.#problems.values()]
  }

  async begin(): Promise<void> {
    const { domains, clock } = this.#options
    const now = clock.now()
    for (const domain of domains) {
      const kept = await this.#folder.certificate(domain)
      const isGood = kept !== undefined && validityOf(kept).to > now
      if (isGood) this.#certificates.set(domain, kept)
      const attempts = await this.#folder.attempts(domain)
      const wanted = isGood ? renewAt(validityOf(kept)) : now
      this.#dueAt.set(domain, Math.max(wanted, firstAttemptAt(attempts, now)))
      if (this.#dueAt.get(domain)! > now && !isGood) this.#setProblem(domain, tooOften(domain))
    }
    this.#show()
    this.#hearNoJump = clock.onJump(() => this.#look())
    const work = this.#look()
    // What can be shown already need not wait for what comes after it.
    if (this.#certificates.size < domains.length) await work
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#hearNoJump()
    await this.#work
    clearTimeout(this.#timer)
  }

  /** Does what is due, one name after the other, and waits for the next. */
  #look(): Promise<void> {
    clearTimeout(this.#timer)
    this.#work = this.#work.then(async () => {
      const { domains, clock } = this.#options
      for (const domain of domains) {
        if (this.#stopping.signal.aborted) return
        if (this.#dueAt.get(domain)! <= clock.now()) await this.#replace(domain)
      }
      const waitMs = Math.min(...this.#dueAt.values()) - clock.now()
      this.#timer = setTimeout(() => void this.#look(), Math.max(0, Math.min(waitMs, longestWaitMs)))
      // Nothing else than this would keep the process.
      this.#timer.unref()
    })
    return this.#work
  }

  async #replace(domain: string): Promise<void> {
    const { log, clock, challenges } = this.#options
    try {
      const key = freshKey()
      const client = await this.#open()
      const cert = await client.order(domain, key, challenges, this.#stopping.signal)
      const certificate = { domain, cert, key: pemOf(key) }
      const validity = validityOf(certificate)
      const now = clock.now()
      if (validity.to <= now) throw wrongTime(domain)
      await this.#folder.keep(certificate)
      await this.#folder.keepAttempts(domain, { failedAt: [], notBefore: 0 })
      this.#certificates.set(domain, certificate)
      this.#problems.delete(domain)
      this.#dueAt.set(domain, renewNewAt(validity, now))
      this.#show()
      log.info('tls.certificate', { domain, until: new Date(validity.to).toISOString() })
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      // An account may be gone, or a directory have moved: the next attempt begins anew.
      this.#client = undefined
      const problem = error instanceof AcmeProblem ? error : undefined
      const attempts = failedAgain(await this.#folder.attempts(domain), clock.now(), problem?.retryAfterMs)
      const nextAt = nextAttemptAt(attempts)
      this.#dueAt.set(domain, nextAt)
      this.#setProblem(domain, {
        detail: problem?.message ?? `The certificate for ${domain} could not be kept: ${String(error)}`,
        hint: problem?.hint ?? 'Look whether the data folder can be written.',
      })
      log.warn('tls.certificate-failed', {
        domain,
        detail: problem?.message ?? error,
        nextAttempt: new Date(nextAt).toISOString(),
      })
      await this.#folder
        .keepAttempts(domain, attempts)
        .catch(cause => log.error('tls.attempts-not-kept', { domain, error: cause as Error }))
    }
  }

  async #open(): Promise<AcmeClient> {
    const { directoryUrl, email } = this.#options
    this.#client ??= new AcmeClient({ directoryUrl, email, accountKey: await this.#folder.accountKey() })
    return this.#client
  }

  #setProblem(domain: string, problem: Omit<CertificateProblem, 'domain'>): void {
    this.#problems.set(domain, { domain, ...problem })
  }

  #show(): void {
    const inOrder = this.#options.domains.flatMap(domain => this.#certificates.get(domain) ?? [])
    this.#options.show(inOrder)
  }
}

function wrongTime(domain: string): AcmeProblem {
  return new AcmeProblem(
    `The new certificate for ${domain} has ended already, by the clock of this machine.`,
    'Set the clock: "timedatectl" shows whether it is synchronised.',
  )
}

function tooOften(domain: string): Omit<CertificateProblem, 'domain'> {
  return {
    detail: `A certificate for ${domain} was asked for several times in the last hour, without success.`,
    hint: 'The log says why, and when it is tried again. A CA that is asked too often answers nobody for long.',
  }
}
