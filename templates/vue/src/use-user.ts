import type { User } from '@cloudbox/client'
import { onScopeDispose, shallowRef } from 'vue'
import { box } from './cloudbox'

/** Who is signed in; null is nobody, undefined not known yet. */
export function useUser() {
  const user = shallowRef<User | null>()
  onScopeDispose(box.auth.onAuthStateChange((_event, session) => (user.value = session?.user ?? null)))
  return user
}
