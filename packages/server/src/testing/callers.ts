import type { Caller } from '../kernel/caller.ts'

/** Holds a secret key, where no server made one. */
export const testSecret: Extract<Caller, { kind: 'secret' }> = Object.freeze({
  kind: 'secret',
  actor: Object.freeze({ kind: 'key', id: 'test', name: 'test' }),
})
