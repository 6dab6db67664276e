import type { Clock } from './clock.ts'
import type { AuthStorage } from './storage.ts'

/** Does the work while no other tab does it. Never waits for ever: a tab that hangs must not sign the others out. */
export type Lock = <Value>(work: () => Promise<Value>) => Promise<Value>

/** Longer than one tab may need. Then it is done at the same time as another: the server allows that for ten seconds. */
const mostWaitMs = 15_000

/** A lock of the Web Locks API, which frees itself when its tab goes. */
export function webLock(locks: Pick<LockManager, 'request'>, name: string): Lock {
  return async work => {
    let hasBegun = false
    const begin = () => {
      hasBegun = true
      return work()
    }
    try {
      return await locks.request(name, { signal: AbortSignal.timeout(mostWaitMs) }, begin)
    } catch (error) {
      if (hasBegun) throw error
      return work()
    }
  }
}

/** How long two tabs that take the lock at once need to see it. */
const settleMs = 30
const pollMs = 100

/** A lock as an entry of the storage that expires: pages without TLS have no other. */
export function storageLock(storage: AuthStorage, name: string, clock: Clock): Lock {
  const take = async (): Promise<string> => {
    const id = crypto.randomUUID?.() ?? String(Math.random())
    const giveUpAtMs = clock.now() + mostWaitMs
    while (clock.now() < giveUpAtMs) {
      const [, endsAtMs] = ((await storage.get(name)) ?? '').split(' ')
      // An end too far away was written by a clock that was wrong.
      const isHeld = Number(endsAtMs) > clock.now() && Number(endsAtMs) <= clock.now() + mostWaitMs
      if (!isHeld) {
        const entry = `${id} ${clock.now() + mostWaitMs}`
        await storage.set(name, entry)
        await clock.sleep(settleMs)
        if ((await storage.get(name)) === entry) return entry
      }
      await clock.sleep(pollMs * (0.5 + Math.random()))
    }
    return ''
  }
  return async work => {
    const entry = await take()
    try {
      return await work()
    } finally {
      if (entry !== '' && (await storage.get(name)) === entry) await storage.remove(name)
    }
  }
}
