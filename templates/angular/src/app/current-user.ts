import { DestroyRef, inject, Injectable, signal } from '@angular/core'
import type { User } from '@cloudbox/client'
import { box } from './cloudbox'

/** Who is signed in. */
@Injectable({ providedIn: 'root' })
export class CurrentUser {
  /** Null is nobody, undefined not known yet. */
  readonly user = signal<User | null | undefined>(undefined)

  constructor() {
    const stop = box.auth.onAuthStateChange((_event, session) => this.user.set(session?.user ?? null))
    inject(DestroyRef).onDestroy(stop)
  }
}
