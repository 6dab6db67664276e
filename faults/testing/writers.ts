import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { AnyRow, Client, CloudBoxError } from '@cloudbox/client'
import type { Random } from './random.ts'
import type { ServerProcess } from './server-process.ts'

/** The collection everything here happens in. */
export const things = 'things'

export async function makeThings(server: ServerProcess): Promise<void> {
  const { status, body } = await server.request('POST', '/data/$collections', {
    name: things,
    fields: {
      writer: { type: 'text', required: true },
      n: { type: 'integer', required: true },
      color: { type: 'text' },
      size: { type: 'integer' },
      owner: { type: 'text' },
    },
    policies: {
      list: 'doc.owner == null || doc.owner == auth.uid',
      get: 'doc.owner == null || doc.owner == auth.uid',
    },
  })
  assert.equal(status, 201, JSON.stringify(body))
}

export const colors = ['red', 'green', 'blue', 'grey']

/** The id of a writer's document. */
export function idOf(writer: number, document: number): string {
  return `00000000-0000-4000-8000-${String(writer).padStart(4, '0')}${String(document).padStart(8, '0')}`
}

/** The documents of a writer, each as it wrote it. */
type State = ReadonlyMap<string, AnyRow>

/**
 * Writes documents only it writes, one write after another, each tried again until it is acknowledged. With each goes
 * the writer's clock, in the same commit, so that any view of its documents can be told to be a moment of its history.
 */
export class Writer {
  readonly name: string
  readonly clockId: string
  /** The number of the last write that was acknowledged. */
  acknowledged = 0
  readonly #number: number
  readonly #box: Client
  readonly #ended = new AbortController()
  readonly #random: Random
  /** What is there after each write. */
  readonly #states: State[] = [new Map()]
  /** What was deleted between a write and the next. */
  readonly #deleted = new Map<number, string>()

  constructor(t: TestContext, number: number, box: Client, random: Random) {
    this.name = `w${number}`
    this.#number = number
    this.clockId = idOf(number, 99)
    this.#box = box
    this.#random = random
    t.after(() => this.#ended.abort())
  }

  /** One write, now and then after a delete. */
  async write(): Promise<void> {
    const random = this.#random
    const state = new Map(this.#states.at(-1))
    const n = this.#states.length
    const id = idOf(this.#number, random.integer(0, 9))
    if (state.delete(id) && random.chance(0.3)) {
      this.#deleted.set(n - 1, id)
      await persist(this.#ended.signal, () => this.#box.doc(things, id).delete(), 'data/unknown-document')
    }
    const document: AnyRow = {
      id,
      writer: this.name,
      n,
      color: random.pick(colors),
      size: random.integer(0, 5),
      owner: random.pick([null, 'ada', 'bob']),
    }
    const clock: AnyRow = { id: this.clockId, writer: this.name, n, color: null, size: null, owner: null }
    this.#states.push(state.set(id, document))
    await persist(this.#ended.signal, () => this.#box.collection(things).upsert([document, clock]))
    this.acknowledged = n
  }

  /**
   * Throws unless the rows, all that anybody wrote, show this writer's documents as they were at one moment of its
   * history. Answers the number of the write they show.
   */
  checkMoment(rows: readonly AnyRow[]): number {
    const n = (rows.find(({ id }) => id === this.clockId)?.n ?? 0) as number
    const state = this.#states[n]
    assert.ok(state !== undefined, `${this.name} never did write ${n}`)
    let count = 0
    for (const { id, writer, ...row } of rows) {
      if (writer !== this.name || id === this.clockId) continue
      count++
      const wrote = state.get(id)
      const isAsWritten =
        wrote?.n === row.n &&
        wrote?.color === row.color &&
        wrote?.size === row.size &&
        wrote?.owner === row.owner
      assert.ok(isAsWritten, `${id} is ${JSON.stringify(row)}, was ${JSON.stringify(wrote)} at write ${n}`)
    }
    const deleted = this.#deleted.get(n)
    const isGone = deleted !== undefined && !rows.some(({ id }) => id === deleted)
    assert.equal(count, isGone ? state.size - 1 : state.size, `documents of ${this.name} at write ${n}`)
    return n
  }
}

/** Repeats a write until it has happened; trouble that passes is no reason to give up, anything else is. */
export async function persist(
  ended: AbortSignal,
  write: () => PromiseLike<{ readonly error: CloudBoxError | null }>,
  alsoDone?: string,
): Promise<void> {
  for (;;) {
    ended.throwIfAborted()
    const { error } = await write()
    if (error === null || error.code === alsoDone) return
    if (error.status !== 0 && error.status !== 503 && error.status !== 507) throw error
    assert.notEqual(error.code, 'http/internal')
    // A server that is away answers at once: not to spin.
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
