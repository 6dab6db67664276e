import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '../failure.ts'
import { withLock } from './lock-file.ts'

/** Who is signed in to a server. */
export interface Session {
  readonly email: string
  readonly accessToken: string
  /** Good once. */
  readonly refreshToken: string
  /** By the clock of this machine. */
  readonly endsAtMs: number
}

interface Sessions {
  /** Origin of the server signed in to last. */
  readonly current: string | null
  readonly byServer: Readonly<Record<string, Session>>
}

const none: Sessions = { current: null, byServer: {} }

/** The sessions of this user of this machine, in a file that only he reads. */
export class SessionStore {
  readonly #folder: string
  readonly #file: string

  constructor(folder: string) {
    this.#folder = folder
    this.#file = join(folder, 'sessions.json')
  }

  /** @throws Failure `cli/sessions-broken` */
  async read(): Promise<Sessions> {
    const text = await readFile(this.#file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
      throw this.#broken(error.message)
    })
    if (text === undefined) return none
    try {
      const { current, byServer } = JSON.parse(text) as Sessions
      if (typeof byServer === 'object' && byServer !== null) return { current: current ?? null, byServer }
    } catch {
      // Told below.
    }
    throw this.#broken('not the JSON it should be')
  }

  /** Signs in: the session of a server is this one, and the server the one that is meant from now on. */
  async enter(url: string, session: Session): Promise<void> {
    await this.#change(({ byServer }) => ({ current: url, byServer: { ...byServer, [url]: session } }))
  }

  /** Forgets the session of a server. */
  async leave(url: string): Promise<void> {
    await this.#change(sessions => without(sessions, url))
  }

  /** Replaces the session of a server, alone of all processes. `undefined` forgets it. */
  async replace(
    url: string,
    work: (known: Session | undefined) => Promise<Session | undefined>,
  ): Promise<Session | undefined> {
    let session: Session | undefined
    await this.#change(async sessions => {
      const known = sessions.byServer[url]
      session = await work(known)
      if (session === known) return sessions
      if (session === undefined) return without(sessions, url)
      return { ...sessions, byServer: { ...sessions.byServer, [url]: session } }
    })
    return session
  }

  async #change(work: (sessions: Sessions) => Sessions | Promise<Sessions>): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await withLock(join(this.#folder, 'sessions.lock'), async () => {
      const before = await this.read()
      const after = await work(before)
      if (after !== before) await this.#write(after)
    })
  }

  /** Whoever reads it finds the old or the new one, never half of it. */
  async #write(sessions: Sessions): Promise<void> {
    const draft = `${this.#file}.${randomUUID()}`
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(sessions, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, this.#file)
  }

  #broken(why: string) {
    return failure(
      'sessions-broken',
      `The sessions in ${this.#file} cannot be read: ${why}.`,
      'Remove the file and sign in again.',
    )
  }
}

function without({ current, byServer }: Sessions, url: string): Sessions {
  const { [url]: _left, ...others } = byServer
  return { current: current === url ? (Object.keys(others)[0] ?? null) : current, byServer: others }
}
