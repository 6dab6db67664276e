import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Passkey } from '@cloudbox/protocol/auth-passkeys'
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

export type { Passkey }

export interface Passkeys {
  /**
   * The browser asks the user for a passkey.
   *
   * @example
   * button.onclick = () => box.auth.signInWithPasskey()
   * // In a field with autocomplete="username webauthn", as long as the page is open:
   * const { data } = await box.auth.signInWithPasskey({ autofill: true })
   */
  signInWithPasskey(options?: PasskeyOptions): Promise<Result<SignedIn>>
  readonly passkeys: {
    /** Makes a passkey for the signed-in user, who has signed in within the last ten minutes. */
    register(options?: { readonly name?: string }): Promise<Result<Passkey>>
    list(): Promise<Result<Passkey[]>>
    rename(id: string, name: string | null): Promise<Result<Passkey>>
    /** Takes a passkey away, unless it is the last way in. */
    remove(id: string): Promise<Result<null>>
  }
}

export interface PasskeyOptions {
  /**
   * Offers passkeys in a field with `autocomplete="username webauthn"`, and waits until one is chosen. It ends when
   * another passkey is asked for.
   */
  readonly autofill?: boolean
  readonly signal?: AbortSignal
}

/** What is to be signed is good for half an hour; a page that waits longer asks for another. */
const renewMs = 25 * 60_000

export function passkeys(context: AuthContext): Passkeys {
  /** A browser can wait for one passkey at a time. */
  let waiting: AbortController | undefined

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

  const show = async (signals: readonly AbortSignal[], mediation: 'conditional' | undefined) => {
    const options = await askAsNobody<PublicKeyCredentialRequestOptionsJSON>(
      context,
      '/passkeys/sign-in/options',
    )
    if (options.error !== null) return options
    return withBrowser(() =>
      navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.data),
        signal: AbortSignal.any([...signals]),
        ...(mediation && { mediation }),
      }),
    )
  }

  return {
    async signInWithPasskey({ autofill = false, signal } = {}) {
      waiting?.abort()
      const own = (waiting = new AbortController())
      if (autofill && !(await globalThis.PublicKeyCredential?.isConditionalMediationAvailable?.()))
        return settle(context, clientFailure('passkeys-unsupported', 'This browser fills in no passkeys.'))
      const isEnded = () => own.signal.aborted || signal?.aborted === true
      const signals = signal === undefined ? [own.signal] : [own.signal, signal]
      for (;;) {
        const renewal = autofill ? AbortSignal.timeout(renewMs) : undefined
        const shown = await (renewal === undefined
          ? show(signals, undefined)
          : show([...signals, renewal], 'conditional'))
        if (shown.error === null)
          return enter(context, await askAsNobody<SessionReply>(context, '/passkeys/sign-in', shown.data))
        if (isEnded() || renewal?.aborted !== true) return settle(context, shown)
      }
    },
    passkeys: {
      async register(request = {}) {
        waiting?.abort()
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
      rename: (id, name) => ask(context, 'PATCH', `/passkeys/${encodeURIComponent(id)}`, { name }),
      remove: async id => withData(await ask(context, 'DELETE', `/passkeys/${encodeURIComponent(id)}`), null),
    },
  }
}
