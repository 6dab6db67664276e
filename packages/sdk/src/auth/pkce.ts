import type { AuthStorage } from './storage.ts'

/** Proof keys for code exchange (RFC 7636): the code of a redirect is of use to the browser that asked for it only. */
export interface ProofKeys {
  /**
   * The challenge to send. All flows that are under way share one verifier, so that of two mails that were sent both
   * links work. Undefined where the browser has no cryptography: on pages without TLS that are not on localhost.
   */
  challenge(): Promise<string | undefined>
  /** The verifier of what is under way; null when nothing is. */
  verifier(): Promise<string | null>
  forget(): Promise<void>
}

export function proofKeys(storage: AuthStorage, key: string): ProofKeys {
  const entry = `${key}~verifier`
  const verifier = async () => storage.get(entry)
  return {
    verifier,
    async challenge() {
      if (globalThis.crypto?.subtle === undefined) return undefined
      let secret = await verifier()
      if (secret === null) {
        secret = base64url(crypto.getRandomValues(new Uint8Array(32)))
        await storage.set(entry, secret)
      }
      const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
      return base64url(new Uint8Array(hash))
    },
    forget: async () => storage.remove(entry),
  }
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}
