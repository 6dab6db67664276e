import type { Auth, AuthEvent, Session } from '@cloudbox/client'

/** Who is signed in here. */
export interface Account {
  readonly auth: Auth
  /** Null: nobody. Undefined: not known yet. */
  readonly user: Session['user'] | null | undefined
  /** The session was ended from another device, and nobody has signed in since. */
  readonly wasEndedElsewhere: boolean
  /** Called with every change, and at once if there is something to tell. Gives the function that stops it. */
  onChange(hear: (event: AuthEvent) => void): () => void
  /** Signs out in this browser. */
  leave(): Promise<void>
}

/** When somebody signed out in this browser: its other tabs hear of it as they hear of an end from elsewhere. */
const leftAtEntry = 'cities~left-at'
const hearsayMs = 5000

export function watchAccount(auth: Auth): Account {
  const listeners = new Set<(event: AuthEvent) => void>()
  let user: Account['user']
  let wasEndedElsewhere = false

  auth.onAuthStateChange((event, session) => {
    user = session?.user ?? null
    const leftHere = Date.now() - Number(localStorage.getItem(leftAtEntry)) < hearsayMs
    wasEndedElsewhere = user === null && (wasEndedElsewhere || (event === 'SIGNED_OUT' && !leftHere))
    for (const hear of listeners) hear(event)
  })

  return {
    auth,
    get user() {
      return user
    },
    get wasEndedElsewhere() {
      return wasEndedElsewhere
    },
    onChange(hear) {
      listeners.add(hear)
      if (user !== undefined) hear('INITIAL_SESSION')
      return () => listeners.delete(hear)
    },
    async leave() {
      localStorage.setItem(leftAtEntry, String(Date.now()))
      // It is over here even when the server could not be told.
      await auth.signOut()
    },
  }
}
