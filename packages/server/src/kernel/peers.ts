import type { Link, LinkMessage } from './link.ts'

/** Answers a question of another process (or of this one); plain data in and out. */
export type AnswerPeer = (payload: never) => unknown

/** All processes that serve requests of this server; one of them is this one. */
export interface Peers {
  /** Number of this process among them, from 1; undefined where there is only one. */
  readonly worker: number | undefined
  /** Answers questions of this name from now on. */
  answer<T>(name: string, handle: (payload: T) => unknown): void
  /**
   * Asks all processes, this one included, and gives their answers in no particular order. One that has no answer for
   * this name, or none in time, is left out.
   */
  ask<A>(name: string, payload: unknown): Promise<A[]>
  /**
   * Tells all processes and resolves when every one has done what it does about it. One that does not in time is ended:
   * after this nobody acts on what was before.
   */
  tell(name: string, payload: unknown): Promise<void>
}

/** How long a process may take to answer. */
const patienceMs = 5000

class Answers {
  readonly #handlers = new Map<string, AnswerPeer>()

  set(name: string, handle: AnswerPeer): void {
    this.#handlers.set(name, handle)
  }

  /** A list of one answer, or of none. */
  async of(name: string, payload: unknown): Promise<unknown[]> {
    const handle = this.#handlers.get(name)
    return handle === undefined ? [] : [await handle(payload as never)]
  }
}

/** The peers of a process that is alone. */
export function noPeers(): Peers {
  const answers = new Answers()
  return {
    worker: undefined,
    answer: (name, handle) => answers.set(name, handle as AnswerPeer),
    ask: <A>(name: string, payload: unknown) => answers.of(name, payload) as Promise<A[]>,
    tell: async (name, payload) => void (await answers.of(name, payload)),
  }
}

type PeerMessage =
  | {
      readonly t: 'peers.ask' | 'peers.question'
      readonly id: number
      readonly name: string
      readonly payload: unknown
      readonly must: boolean
    }
  | { readonly t: 'peers.reply' | 'peers.answer'; readonly id: number; readonly answers: unknown[] }

function isPeerMessage(message: LinkMessage): message is PeerMessage {
  return message.t.startsWith('peers.')
}

/** The peers of one of several processes, reached through the first one. */
export function linkedPeers(link: Link, worker: number): Peers {
  const answers = new Answers()
  const open = new Map<number, (others: unknown[]) => void>()
  let last = 0
  link.hear(message => {
    if (!isPeerMessage(message)) return
    if (message.t === 'peers.answer') {
      open.get(message.id)?.(message.answers)
      open.delete(message.id)
    } else if (message.t === 'peers.question') {
      const { id, name, payload } = message
      const reply = (given: unknown[]) => link.send({ t: 'peers.reply', id, answers: given } as PeerMessage)
      // What could not be done is not done: the first process sees to it.
      answers.of(name, payload).then(reply, () => (message.must ? undefined : reply([])))
    }
  })
  const others = (name: string, payload: unknown, must: boolean) =>
    new Promise<unknown[]>(resolve => {
      const id = ++last
      open.set(id, resolve)
      link.send({ t: 'peers.ask', id, name, payload, must } as PeerMessage)
    })
  return {
    worker,
    answer: (name, handle) => answers.set(name, handle as AnswerPeer),
    ask: async <A>(name: string, payload: unknown) => {
      const [own, theirs] = await Promise.all([answers.of(name, payload), others(name, payload, false)])
      return [...own, ...theirs] as A[]
    },
    tell: async (name, payload) => {
      await Promise.all([answers.of(name, payload), others(name, payload, true)])
    },
  }
}

interface Asked {
  readonly link: Link
  done(answers: unknown[]): void
}

/** What brings the processes together: runs in the first one. */
export class PeerHub {
  /**
   * The first process as one that asks: it reaches itself and all others. The others do not reach it, for they ask those
   * who serve requests.
   */
  readonly peers: Peers

  /** Every process with the way to end it for good. */
  readonly #processes = new Map<Link, () => Promise<void>>()
  readonly #open = new Map<number, Asked>()
  #last = 0

  constructor() {
    const answers = new Answers()
    const everywhere = async (name: string, payload: unknown, must: boolean) => {
      const others = [...this.#processes.keys()].map(link => this.#askOne(link, name, payload, must))
      const [own, ...theirs] = await Promise.all([answers.of(name, payload), ...others])
      return [...own!, ...theirs.flat()]
    }
    this.peers = {
      worker: undefined,
      answer: (name, handle) => answers.set(name, handle as AnswerPeer),
      ask: <A>(name: string, payload: unknown) => everywhere(name, payload, false) as Promise<A[]>,
      tell: async (name, payload) => void (await everywhere(name, payload, true)),
    }
  }

  /** @param end ends the process at once; resolves when it has ended */
  attach(link: Link, end: () => Promise<void>): void {
    this.#processes.set(link, end)
    void link.closed.then(() => this.#lose(link, end))
    link.hear(message => {
      if (!isPeerMessage(message)) return
      if (message.t === 'peers.reply') this.#open.get(message.id)?.done(message.answers)
      else if (message.t === 'peers.ask') void this.#ask(link, message)
    })
  }

  /** Nobody waits for a process that has gone, but until it really has. */
  async #lose(link: Link, end: () => Promise<void>): Promise<void> {
    this.#processes.delete(link)
    await end()
    for (const asked of this.#open.values()) if (asked.link === link) asked.done([])
  }

  async #ask(
    asker: Link,
    { id, name, payload, must }: Extract<PeerMessage, { t: 'peers.ask' | 'peers.question' }>,
  ): Promise<void> {
    const others = [...this.#processes.keys()].filter(link => link !== asker)
    const answers = await Promise.all(others.map(link => this.#askOne(link, name, payload, must)))
    asker.send({ t: 'peers.answer', id, answers: answers.flat() } as PeerMessage)
  }

  async #askOne(link: Link, name: string, payload: unknown, must: boolean): Promise<unknown[]> {
    const id = ++this.#last
    let timer: NodeJS.Timeout | undefined
    const answers = await new Promise<unknown[]>(done => {
      this.#open.set(id, { link, done })
      // One that must answer has to be gone before anybody is told that everybody knows.
      timer = setTimeout(() => (must ? link.close() : done([])), patienceMs)
      link.send({ t: 'peers.question', id, name, payload, must } as PeerMessage)
    })
    clearTimeout(timer)
    this.#open.delete(id)
    return answers
  }
}
