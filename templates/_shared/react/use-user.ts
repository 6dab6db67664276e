import type { User } from '@cloudbox/client'
import { useEffect, useState } from 'react'
import { box } from './cloudbox'

/** Who is signed in; null is nobody, undefined not known yet. */
export function useUser() {
  const [user, setUser] = useState<User | null>()
  useEffect(() => box.auth.onAuthStateChange((_event, session) => setUser(session?.user ?? null)), [])
  return user
}
