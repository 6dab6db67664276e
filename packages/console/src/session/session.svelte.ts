import { createClient, type Auth, type Session } from '@cloudbox/client'
import type { PlatformReply } from '@cloudbox/protocol/platform-replies'

/** Where the pages of invitations and of the set-up leave the session they have opened. */
const leftByPages = 'cloudbox-operator'

/** Who is signed in here: operators are users of an environment of their own. */
class OperatorSession {
  /** undefined until it is known. */
  current = $state.raw<Session | null | undefined>()
  /** He was signed in and is not any more, without having asked for it. */
  hasEnded = $state(false)
  #auth: Promise<Auth> | undefined

  /** The accounts of operators; asks the installation where they are, once. */
  auth(): Promise<Auth> {
    return (this.#auth ??= this.#open().catch((error: unknown) => {
      this.#auth = undefined
      throw error
    }))
  }

  /** The token to ask with; undefined where nobody is signed in. */
  async token(): Promise<string | undefined> {
    const { data } = await (await this.auth()).getSession()
    return data?.session?.accessToken
  }

  /** The token was refused: gets another one, or ends the session. */
  async renew(): Promise<string | undefined> {
    const { data } = await (await this.auth()).refreshSession()
    return data?.session.accessToken
  }

  async signOut(): Promise<void> {
    await (await this.auth()).signOut()
    this.hasEnded = false
  }

  /** The server knows the session no more. */
  async end(): Promise<void> {
    if (this.current == null) return
    await (await this.auth()).signOut()
    this.current = null
    this.hasEnded = true
  }

  async #open(): Promise<Auth> {
    const response = await fetch('/v1/platform')
    const { accounts } = (await response.json()) as PlatformReply
    const { auth } = createClient(location.origin + accounts.path, accounts.publishableKey)
    const left = sessionStorage.getItem(leftByPages)
    sessionStorage.removeItem(leftByPages)
    if (left !== null) await auth.setSession(JSON.parse(left) as Session)
    else await signInByLink(auth)
    await new Promise<void>(resolve =>
      auth.onAuthStateChange((_event, session) => {
        if (session === null && this.current != null) this.hasEnded = true
        this.current = session
        if (session !== null) this.hasEnded = false
        resolve()
      }),
    )
    return auth
  }
}

/** The link that `cloudbox dev` prints says who opens it; he need not say it again. */
async function signInByLink(auth: Auth): Promise<void> {
  const said = /^#owner=([\w-]+)$/.exec(location.hash)?.[1]
  // Only here: a link to elsewhere might sign somebody in as another than he thinks.
  if (said === undefined || !['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)) return
  history.replaceState(history.state, '', location.pathname + location.search)
  const { data } = await auth.getSession()
  if (data?.session != null) return
  const text = atob(said.replaceAll('-', '+').replaceAll('_', '/'))
  const [email, password] = JSON.parse(text) as [string, string]
  await auth.signInWithPassword({ email, password })
}

export const operator = new OperatorSession()
