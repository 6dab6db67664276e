import type { User } from '@cloudbox/client'
import { box } from './cloudbox'

/** Who is signed in. */
export class CurrentUser {
  /** Null is nobody, undefined not known yet. */
  value = $state.raw<User | null>()

  constructor() {
    $effect(() => box.auth.onAuthStateChange((_event, session) => (this.value = session?.user ?? null)))
  }
}
