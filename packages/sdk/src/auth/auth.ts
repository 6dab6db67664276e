import { createOpen, createSend, readAnswer, requestError } from '../request.ts'
import { failure, type Result } from '../result.ts'
import type { SessionReply } from '@cloudbox/protocol/auth'
import { Token, type RenewableSource } from '../token.ts'
import { callSafely } from '../live/call-safely.ts'
import type { AskRefresh } from './ask-until-answered.ts'
import { noChannel, tabChannel, type AuthEvent } from './channel.ts'
import { systemClock } from './clock.ts'
import type { AuthContext } from './context.ts'
import { storageLock, webLock, type Lock } from './lock.ts'
import { mfa, type Mfa } from './mfa.ts'
import { identities, type Identities } from './oauth.ts'
import { ownAccount, type OwnAccount } from './own-account.ts'
import { passkeys, type Passkeys } from './passkeys.ts'
import { proofKeys } from './pkce.ts'
import { redirects, type Redirect } from './redirect.ts'
import { SessionKeeper, type AuthListener } from './session-keeper.ts'
import { browserStorage, storageKey, type AuthStorage } from './storage.ts'
import { waysIn, type WaysIn } from './ways-in.ts'

/** How a client keeps its user signed in. */
export interface AuthClientOptions {
  /** Where the session is kept: localStorage in browsers and memory elsewhere, unless told. */
  readonly storage?: AuthStorage
  /** Refreshes the session shortly before its token ends; true unless told, and never for one request of a server. */
  readonly autoRefresh?: boolean
  /** Signs in with the code in the page's address when a redirect brought it; true unless told. */
  readonly detectCode?: boolean
}

/** The accounts of the app's users: ways in, the session, and what users do about themselves. */
export interface Auth extends WaysIn, Identities, Passkeys, Redirect, OwnAccount {
  readonly mfa: Mfa
  /**
   * Calls back with the session as it is (`INITIAL_SESSION`), and at each change in this tab or another. Gives the
   * function that stops it.
   *
   * @example
   * const stop = box.auth.onAuthStateChange((event, session) => render(session?.user))
   */
  onAuthStateChange(listener: AuthListener): () => void
}

export interface AuthParts {
  readonly auth: Auth
  /** The tokens of the session, for requests and live queries. */
  readonly tokens: RenewableSource
  /** Hears of each change before the app does. */
  onChange(hear: AuthListener): void
  stop(): void
}

const refreshTimeoutMs = 15_000

interface Surroundings extends AuthClientOptions {
  /** `…/v1` */
  readonly base: string
  readonly apiKey: string
  readonly fetch: typeof globalThis.fetch
  readonly throwOnError: boolean
}

export function createAuth({ base, apiKey, fetch, throwOnError, ...options }: Surroundings): AuthParts {
  const key = storageKey(base)
  const storage = options.storage ?? browserStorage()
  const openAsNobody = createOpen(base, apiKey, new Token(null), fetch)
  const askRefresh: AskRefresh = async refreshToken => {
    const signal = AbortSignal.timeout(refreshTimeoutMs)
    const request = { method: 'POST', path: '/auth/refresh', body: { refreshToken }, signal } as const
    try {
      return (await readAnswer(await openAsNobody(request))) as Result<SessionReply>
    } catch (cause) {
      return failure(requestError(cause, signal))
    }
  }
  const isPage = typeof document === 'object' && !storage.isPerRequest
  const isShared = storage.isShared ?? false
  const channel = isShared && typeof BroadcastChannel === 'function' ? tabChannel(key) : noChannel
  const keeper = new SessionKeeper({
    key,
    storage,
    channel,
    lock: lockOf(storage, `${key}~lock`),
    clock: systemClock,
    ask: askRefresh,
    autoRefresh: options.autoRefresh ?? !storage.isPerRequest,
  })

  let beginning: Promise<void> | undefined
  /** What the redirect that led to this page brought, until it was told. */
  let arrived: AuthEvent | undefined
  const begin = async () => {
    await keeper.load()
    if (options.detectCode ?? true) arrived = await detect()
  }
  const ready = () => (beginning ??= begin())

  const tokens: RenewableSource = {
    async read() {
      await ready()
      const { data, error } = await keeper.fresh()
      if (error !== null) throw error
      return data?.accessToken
    },
    async refused(token, code) {
      if (code === 'auth/token-expired') return (await keeper.refresh(token)).error === null
      if (code === 'auth/session-ended') await keeper.ended(token)
      return false
    },
  }

  const context: AuthContext = {
    base,
    key,
    keeper,
    storage,
    proofKeys: proofKeys(storage, key),
    throwOnError,
    sendAsUser: createSend(createOpen(base, apiKey, new Token(tokens), fetch)),
    sendAsNobody: createSend(openAsNobody),
  }

  const { detect, ...redirect } = redirects(context, ready)

  const auth: Auth = {
    ...waysIn(context),
    ...identities(context),
    ...passkeys(context),
    ...redirect,
    mfa: mfa(context),
    ...ownAccount(context, ready),
    onAuthStateChange(listener) {
      let isOn = true
      let stop = () => {}
      const tell: AuthListener = (...news) => {
        if (isOn) callSafely(() => listener(...news))
      }
      void ready().then(() => {
        if (isOn) stop = keeper.listen(tell)
        tell('INITIAL_SESSION', keeper.current)
        if (arrived === undefined) return
        tell(arrived, keeper.current)
        // Everybody who asked at the same time hears of it.
        setTimeout(() => (arrived = undefined))
      })
      return () => {
        isOn = false
        stop()
      }
    },
  }

  const stopWatching = isPage ? watchPage(() => void keeper.wake()) : () => {}
  // A code in the address does not wait until the first query.
  if (isPage) void ready()

  const stop = () => {
    stopWatching()
    keeper.stop()
    channel.close()
  }
  return { auth, tokens, onChange: hear => void keeper.listen(hear), stop }
}

function lockOf(storage: AuthStorage, name: string): Lock {
  if (!storage.isShared) return work => work()
  const { locks } = globalThis.navigator ?? {}
  return locks === undefined ? storageLock(storage, name, systemClock) : webLock(locks, name)
}

/** A page that comes back to the front, or back to the network, may have slept through a lot. */
function watchPage(wake: () => void): () => void {
  const seen = () => {
    if (document.visibilityState === 'visible') wake()
  }
  document.addEventListener('visibilitychange', seen)
  globalThis.addEventListener('online', wake)
  return () => {
    document.removeEventListener('visibilitychange', seen)
    globalThis.removeEventListener('online', wake)
  }
}
