/**
 * Where a client keeps the session of its user. A session opens the account: keep it where nobody else can read.
 * Answers may come at once or later.
 */
export interface AuthStorage {
  get(key: string): string | null | Promise<string | null>
  set(key: string, value: string): void | Promise<void>
  remove(key: string): void | Promise<void>
  /** Other tabs see the same entries: they take turns at refreshing, and tell each other. */
  readonly isShared?: boolean
  /** Serves one request of a server: nothing happens in the background. */
  readonly isPerRequest?: boolean
}

/** Keeps the session as long as the program runs. */
export function memoryStorage(): AuthStorage {
  const entries = new Map<string, string>()
  return {
    get: key => entries.get(key) ?? null,
    set: (key, value) => void entries.set(key, value),
    remove: key => void entries.delete(key),
  }
}

/** The browser's localStorage; memory where there is none, or where it takes nothing (a full or a locked one). */
export function browserStorage(): AuthStorage {
  const local = findLocalStorage()
  if (local === undefined) return memoryStorage()
  const memory = new Map<string, string>()
  return {
    isShared: true,
    get: key => memory.get(key) ?? local.getItem(key),
    set(key, value) {
      try {
        local.setItem(key, value)
        memory.delete(key)
      } catch {
        memory.set(key, value)
      }
    },
    remove(key) {
      memory.delete(key)
      local.removeItem(key)
    },
  }
}

function findLocalStorage(): Storage | undefined {
  // Node has one as well, which warns as soon as it is looked at.
  if (typeof document !== 'object') return undefined
  try {
    const local = globalThis.localStorage
    local.setItem('cloudbox', '')
    local.removeItem('cloudbox')
    return local
  } catch {
    return undefined
  }
}

/**
 * The names of an environment's entries: they contain its address, so that two apps of one origin do not meet, and are
 * good as names of cookies. `~` stands in no host and no name of a project.
 *
 * @param base - `http://localhost:8090/my-app/dev/v1`
 */
export function storageKey(base: string): string {
  const address = base.replace(/^\w+:\/\//, '').replace(/\/v1$/, '')
  return `cloudbox~${address.replace(/[^\w.-]/g, '~')}`
}
