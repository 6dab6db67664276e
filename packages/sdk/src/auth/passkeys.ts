import type { SessionReply } from '@cloudbox/protocol/auth'
import { success, type Result } from '../result.ts'
import {
  ask,
  askAsNobody,
  clientFailure,
  enter,
  settle,
  withData,
  type AuthContext,
  type SignedIn,
} from './context.ts'

/** A key of the user that lives on a device or in a password manager. */
export interface Passkey {
  readonly id: string
  readonly name: string | null
  readonly createdAt: string
  readonly lastUsedAt: string | null
}

export interface Passkeys {
  /** The browser asks the user for a passkey. */
  signInWithPasskey(options?: PasskeyOptions): Promise<Result<SignedIn>>
  readonly passkeys: {
    /** Makes a passkey for the signed-in user. */
    register(options?: { readonly name?: string }): Promise<Result<Passkey>>
    list(): Promise<Result<Passkey[]>>
    remove(id: string): Promise<Result<null>>
  }
}

export interface PasskeyOptions {
  /** Offers passkeys in a field with `autocomplete="username webauthn"`, and waits until one is chosen. */
  readonly autofill?: boolean
  readonly signal?: AbortSignal
}

export function passkeys(context: AuthContext): Passkeys {
  /** Has the browser make or show a key. */
  const withBrowser = async (
    prompt: () => Promise<Credential | null>,
  ): Promise<Result<{ credential: unknown }>> => {
    if (typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON !== 'function')
      return clientFailure('passkeys-unsupported', 'This browser knows no passkeys.')
    try {
      const credential = (await prompt()) as PublicKeyCredential
      return success({ data: { credential: credential.toJSON() }, status: 200 })
    } catch (cause) {
      return clientFailure('passkey-cancelled', 'No passkey was chosen.', undefined, cause)
    }
  }
  return {
    async signInWithPasskey({ autofill = false, signal } = {}) {
      const options = await askAsNobody<PublicKeyCredentialRequestOptionsJSON>(
        context,
        '/passkeys/sign-in/options',
      )
      if (options.error !== null) return options
      const shown = await withBrowser(() =>
        navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.data),
          ...(autofill && { mediation: 'conditional' as const }),
          ...(signal && { signal }),
        }),
      )
      if (shown.error !== null) return settle(context, shown)
      return enter(context, await askAsNobody<SessionReply>(context, '/passkeys/sign-in', shown.data))
    },
    passkeys: {
      async register(request = {}) {
        const options = await ask<PublicKeyCredentialCreationOptionsJSON>(
          context,
          'POST',
          '/passkeys/options',
        )
        if (options.error !== null) return options
        const made = await withBrowser(() =>
          navigator.credentials.create({
            publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.data),
          }),
        )
        if (made.error !== null) return settle(context, made)
        return ask(context, 'POST', '/passkeys', { ...request, ...made.data })
      },
      list: () => ask(context, 'GET', '/passkeys'),
      remove: async id => withData(await ask(context, 'DELETE', `/passkeys/${encodeURIComponent(id)}`), null),
    },
  }
}
