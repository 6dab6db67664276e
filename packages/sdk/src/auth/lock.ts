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
/** A tab that goes holds the lock for so long: others need time left to ask again. It is renewed while work goes on. */
const lifeMs = 2_000
const renewMs = 700

/** A lock as an entry of the storage that expires: pages without TLS have no other. */
export function storageLock(storage: AuthStorage, name: string, clock: Clock): Lock {
  const write = (id: string) => storage.set(name, `${id} ${clock.now() + lifeMs}`)
  const read = async () => {
    const [id, endsAtMs] = ((await storage.get(name)) ?? '').split(' ')
    // An end too far away was written by a clock that was wrong.
    const leftMs = Number(endsAtMs) - clock.now()
    return leftMs > 0 && leftMs <= lifeMs ? id : undefined
  }
  return async work => {
    const id = String(Math.random())
    const giveUpAtMs = clock.now() + mostWaitMs
    while (clock.now() < giveUpAtMs) {
      if ((await read()) === undefined) {
        await write(id)
        await clock.sleep(settleMs)
        if ((await read()) === id) break
      }
      await clock.sleep(pollMs * (0.5 + Math.random()))
    }
    const isMine = async () => (await read()) === id
    const renew = async () => {
      if (!(await isMine())) return
      await write(id)
      callOff = clock.schedule(renewMs, () => void renew())
    }
    let callOff = clock.schedule(renewMs, () => void renew())
    try {
      return await work()
    } finally {
      callOff()
      if (await isMine()) await storage.remove(name)
    }
  }
}
