import type { Server } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'

/** A certificate with its chain, and its key; PEM. */
export interface Certificate {
  /** Whom it is for; empty where that is all there is. */
  readonly domain: string
  readonly cert: string
  readonly key: string
}

/** The certificates a server shows. They may be replaced at any time: connections that are open go on as they are. */
export class TlsContexts {
  readonly #servers = new Set<Server>()
  #certificates: readonly Certificate[] = []
  #contexts = new Map<string, SecureContext>()

  get certificates(): readonly Certificate[] {
    return this.#certificates
  }

  /** What the HTTPS server asks for each new connection that says whom it wants. */
  readonly chooseContext = (
    name: string,
    done: (error: Error | null, context?: SecureContext) => void,
  ): void => {
    const context = this.#contexts.get(name.toLowerCase()) ?? this.#contexts.values().next().value
    if (context === undefined) done(new Error('there is no certificate yet'))
    else done(null, context)
  }

  /** Shows these from now on; the first one to whoever wants none of them. */
  show(certificates: readonly Certificate[]): void {
    this.#certificates = certificates
    this.#contexts = new Map(
      certificates.map(({ domain, cert, key }) => [domain, createSecureContext({ cert, key })]),
    )
    for (const server of this.#servers) this.#showTo(server)
  }

  /** Some clients say nobody's name: they get the first one, too. */
  serve(server: Server): void {
    this.#servers.add(server)
    this.#showTo(server)
  }

  #showTo(server: Server): void {
    const [first] = this.#certificates
    if (first !== undefined) server.setSecureContext({ cert: first.cert, key: first.key })
  }
}
