import type { Device, User, UserChange } from '@cloudbox/protocol/auth'
import { success, type Result } from '../result.ts'
import { ask, askAsNobody, enter, settle, withData, type AuthContext, type SignedIn } from './context.ts'
import type { Session } from './session-keeper.ts'

/** Which sessions to end: this one, all others, or all. */
export type SignOutScope = 'local' | 'others' | 'global'

/** What the signed-in user does about himself. */
export interface OwnAccount {
  /** The session, refreshed if it had to be; null when nobody is signed in. */
  getSession(): Promise<Result<{ readonly session: Session | null }>>
  /** The user as the server knows him now; null when nobody is signed in. */
  getUser(): Promise<Result<{ readonly user: User | null }>>
  /**
   * Changes what a user may change about himself. A new address counts once the link sent to it was opened. A new password
   * needs `currentPassword`, or a session that began with a mailed link, and ends all other sessions.
   */
  updateUser(change: UserChange): Promise<Result<{ readonly user: User; readonly confirmationSent: boolean }>>
  /**
   * Adds the number that `updateUser({ phone })` has sent a code to.
   *
   * @example
   * await box.auth.updateUser({ phone: '+491701234567' })
   * await box.auth.verifyPhone({ phone: '+491701234567', code })
   */
  verifyPhone(request: {
    readonly phone: string
    readonly code: string
  }): Promise<Result<{ readonly user: User }>>
  /** Gets new tokens now, such as after the user's roles were changed. */
  refreshSession(): Promise<Result<{ readonly session: Session }>>
  /**
   * Takes over a session that was opened elsewhere, such as on a page of the server; its refresh token is spent by it.
   *
   * @example
   * await box.auth.setSession({ refreshToken })
   */
  setSession(session: { readonly refreshToken: string }): Promise<Result<SignedIn>>
  /**
   * Signs out, here in any case: when the server could not be told, the error says so.
   *
   * @example
   * await box.auth.signOut({ scope: 'others' }) // everywhere but here
   */
  signOut(options?: { readonly scope?: SignOutScope }): Promise<Result<null>>
  /** The devices of the user. */
  readonly sessions: {
    list(): Promise<Result<Device[]>>
    /** Signs a device out: its tokens are refused at once, and its live queries end within a second. */
    revoke(id: string): Promise<Result<null>>
  }
}

export function ownAccount(context: AuthContext, ready: () => Promise<unknown>): OwnAccount {
  const { keeper, sendAsNobody } = context
  const keep = async (user: User) => {
    const session = keeper.current
    if (session?.user.id === user.id) await keeper.save({ ...session, user }, 'USER_UPDATED')
  }
  return {
    async getSession() {
      await ready()
      const fresh = await keeper.fresh()
      // That it has ended is no error here: nobody is signed in.
      if (fresh.error !== null && keeper.current === null)
        return success<{ session: Session | null }>({ data: { session: null }, status: 200 })
      return settle(context, withData(fresh, { session: fresh.data }))
    },
    async getUser() {
      await ready()
      if (keeper.current === null)
        return success<{ user: User | null }>({ data: { user: null }, status: 200 })
      const answer = await ask<User>(context, 'GET', '/user')
      return withData(answer, { user: answer.data })
    },
    async updateUser(change) {
      await ready()
      const answer = await ask<{ user: User; confirmationSent: boolean }>(context, 'PATCH', '/user', change)
      if (answer.error === null) await keep(answer.data.user)
      return answer
    },
    async verifyPhone(request) {
      const answer = await ask<User>(context, 'POST', '/user/phone', request)
      if (answer.error !== null) return answer
      await keep(answer.data)
      return withData(answer, { user: answer.data })
    },
    async refreshSession() {
      await ready()
      const answer = settle(context, await keeper.refresh())
      return answer.error === null ? withData(answer, { session: answer.data }) : answer
    },
    async setSession({ refreshToken }) {
      await ready()
      return enter(context, await askAsNobody<Session>(context, '/refresh', { refreshToken }))
    },
    async signOut({ scope = 'local' } = {}) {
      await ready()
      const fresh = await keeper.fresh()
      // First, so that live queries go on as nobody's before the server ends those of the session.
      if (scope !== 'others') await keeper.save(null, 'SIGNED_OUT')
      if (fresh.error !== null && !fresh.error.code.startsWith('auth/')) return settle(context, fresh)
      const session = fresh.data
      if (session === null) return success<null>({ data: null, status: 204 })
      const headers = { authorization: `Bearer ${session.accessToken}` }
      const told = await sendAsNobody({ method: 'POST', path: '/auth/sign-out', body: { scope }, headers })
      // Whoever is not signed in any more is signed out.
      const isOut = told.error === null || (told.error.status === 401 && scope === 'local')
      return isOut ? success<null>({ data: null, status: 204 }) : settle(context, told)
    },
    sessions: {
      list: () => ask(context, 'GET', '/sessions'),
      revoke: async id => withData(await ask(context, 'DELETE', `/sessions/${encodeURIComponent(id)}`), null),
    },
  }
}
