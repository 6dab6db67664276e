import type { Tx } from '../db.ts'
import type { Link, LinkMessage } from '../link.ts'
import type { Log } from '../log.ts'
import type { ChangeStream, Transaction } from '../stream.ts'
import { isFromSource, TransactionDecoder, type FromSource, type ToSource } from './relay-wire.ts'
import { publishSchema } from './slot.ts'

interface Question {
  readonly known: Transaction[]
  readonly isMark: boolean
  answered(known: readonly Transaction[] | undefined): void
  failed(error: Error): void
}

type ToSourceBody<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never

/**
 * Follows the change stream of the process at the other end of the link. Keeps nothing of the past: whoever asks for it
 * is answered from there. Resolves when the first position is known.
 */
export function followStream(link: Link, log: Log): Promise<ChangeStream> {
  return new Promise((resolve, reject) => {
    const stream = new RelayedStream(link, log, () => resolve(stream))
    void link.closed.then(() => reject(new Error('The process that reads the changes has gone.')))
  })
}

class RelayedStream implements ChangeStream {
  epoch = ''
  lsn = ''
  readonly ready: Promise<void>
  readonly #link: Link
  readonly #log: Log
  readonly #decoder = new TransactionDecoder()
  readonly #listeners = new Set<(transaction: Transaction) => void>()
  readonly #breakListeners = new Set<() => void>()
  readonly #questions = new Map<number, Question>()
  readonly #opened: () => void
  #becomeReady = () => {}
  #lastQuestion = 0
  /** What arrived before anybody listened, or while the end of the history is being settled. */
  #waiting: FromSource[] | undefined
  #isHeard = false
  #nextMark: Promise<void> | undefined

  constructor(link: Link, log: Log, opened: () => void) {
    this.#link = link
    this.#log = log
    this.#opened = opened
    this.ready = new Promise(resolve => (this.#becomeReady = resolve))
    link.hear((message: LinkMessage) => {
      if (isFromSource(message)) this.#receive(message)
    })
    void link.closed.then(() => this.#failAll())
  }

  listen(hear: (transaction: Transaction) => void): () => void {
    const listener = (transaction: Transaction) => hear(transaction)
    this.#listeners.add(listener)
    if (!this.#isHeard) {
      this.#isHeard = true
      this.#takeWaiting()
    }
    return () => this.#listeners.delete(listener)
  }

  onBreak(hear: () => void): () => void {
    const listener = () => hear()
    this.#breakListeners.add(listener)
    return () => this.#breakListeners.delete(listener)
  }

  since(lsn: string): Promise<readonly Transaction[] | undefined> {
    return this.#ask({ t: 'stream.since', lsn })
  }

  notSeenBy(snapshot: string, from: string): Promise<readonly Transaction[] | undefined> {
    return this.#ask({ t: 'stream.unseen', snapshot, from })
  }

  caughtUp(): Promise<void> {
    // Calls of one moment share a question; it leaves when that moment is over.
    this.#nextMark ??= Promise.resolve().then(async () => {
      this.#nextMark = undefined
      await this.#ask({ t: 'stream.mark' })
    })
    return this.#nextMark
  }

  publish(tx: Tx, schema: string): Promise<void> {
    return publishSchema(tx, schema)
  }

  #ask(question: ToSourceBody<ToSource>): Promise<readonly Transaction[] | undefined> {
    const id = ++this.#lastQuestion
    return new Promise((answered, failed) => {
      this.#questions.set(id, { known: [], isMark: question.t === 'stream.mark', answered, failed })
      this.#link.send({ ...question, id } as ToSource)
    })
  }

  #take(message: FromSource): void {
    switch (message.t) {
      case 'stream.hello':
        this.epoch = message.epoch
        this.lsn = message.lsn
        this.#waiting = []
        return this.#opened()
      case 'stream.ready':
        return this.#becomeReady()
      case 'stream.table':
        return this.#decoder.learn(message.n, message.table)
      case 'stream.tx': {
        const transaction = this.#decoder.decode(message.x)
        this.#reach(transaction.lsn)
        // Who begins to listen meanwhile hears the next one.
        for (const hear of [...this.#listeners]) this.#guard(() => hear(transaction))
        return
      }
      case 'stream.at':
        return this.#reach(message.lsn)
      case 'stream.part': {
        const question = this.#questions.get(message.id)
        for (const wire of message.x) question?.known.push(this.#decoder.decode(wire))
        return
      }
      case 'stream.answer': {
        const question = this.#questions.get(message.id)
        this.#questions.delete(message.id)
        this.#reach(message.lsn)
        question?.answered(message.isKnown ? question.known : undefined)
        return
      }
      case 'stream.failed':
        this.#questions.get(message.id)?.failed(new Error(message.message))
        this.#questions.delete(message.id)
        return
      case 'stream.break':
        return this.#break(message)
    }
  }

  /**
   * Commits are missing from here on. Answers that have come are used up to the position before, and only then does
   * anything after it become known; those that have not come would have a hole, and are not waited for.
   */
  #break({ epoch, lsn }: Extract<FromSource, { t: 'stream.break' }>): void {
    this.#waiting = []
    for (const [id, question] of this.#questions) {
      if (question.isMark) continue
      this.#questions.delete(id)
      question.answered(undefined)
    }
    setImmediate(() => {
      this.epoch = epoch
      this.lsn = lsn
      for (const hear of [...this.#breakListeners]) this.#guard(hear)
      this.#takeWaiting()
    })
  }

  #takeWaiting(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const message of waiting) this.#receive(message)
  }

  #receive(message: FromSource): void {
    if (this.#waiting === undefined) this.#take(message)
    else this.#waiting.push(message)
  }

  #reach(lsn: string): void {
    if (lsn > this.lsn) this.lsn = lsn
  }

  #failAll(): void {
    for (const { failed } of this.#questions.values())
      failed(new Error('The process that reads the changes has gone.'))
    this.#questions.clear()
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#log.error('stream.listener-failed', { error })
    }
  }
}
