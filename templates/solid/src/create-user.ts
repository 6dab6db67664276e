import type { User } from '@cloudbox/client'
import { createSignal, onCleanup } from 'solid-js'
import { box } from './cloudbox'

/** Who is signed in; null is nobody, undefined not known yet. */
export function createUser() {
  const [user, setUser] = createSignal<User | null>()
  onCleanup(box.auth.onAuthStateChange((_event, session) => setUser(session?.user ?? null)))
  return user
}
