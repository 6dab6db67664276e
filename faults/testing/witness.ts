import assert from 'node:assert/strict'
import type { AnyRow, CloudBoxError, DocumentSnapshot, Query, Snapshot } from '@cloudbox/client'

type AnyQuery = Query<{ Row: AnyRow; Insert: AnyRow; Update: AnyRow }, AnyRow, AnyRow[]>
type Subscribe = (listener: {
  next(shot: Snapshot<AnyRow> | DocumentSnapshot<AnyRow>): void
  error(error: CloudBoxError): void
}) => () => void

/** How long whoever waits for an event is patient: it ends a test that would hang, and decides nothing else. */
const patienceMs = 60_000

/**
 * Follows one live query and takes nothing on trust: the changes of each snapshot have to lead from the one before to
 * this one, so none may be missing or come twice, and no document may go back to what it was.
 */
export class Witness {
  readonly name: string
  readonly stop: () => void
  snapshots = 0
  #rows: readonly AnyRow[] = []
  #status = 'loading'
  readonly #held = new Map<string, AnyRow>()
  readonly #newest = new Map<string, number>()
  readonly #also: (rows: readonly AnyRow[]) => void
  readonly #waiting = new Set<() => void>()
  #fault: unknown

  /** @param also - a further check of each result */
  constructor(name: string, subscribe: Subscribe, also: (rows: readonly AnyRow[]) => void = () => {}) {
    this.name = name
    this.#also = also
    this.stop = subscribe({
      next: shot => {
        try {
          this.#see(shot)
        } catch (error) {
          this.#fault ??= error
        }
        for (const look of this.#waiting) look()
      },
      error: error => {
        this.#fault ??= error
        for (const look of this.#waiting) look()
      },
    })
  }

  static of(name: string, query: AnyQuery, also?: (rows: readonly AnyRow[]) => void): Witness {
    return new Witness(name, listener => query.subscribe(listener), also)
  }

  get rows(): readonly AnyRow[] {
    this.check()
    return this.#rows
  }

  /** Throws what was wrong with a snapshot. */
  check(): void {
    if (this.#fault !== undefined)
      throw new Error(`${this.name}: ${String(this.#fault)}`, { cause: this.#fault })
  }

  /** Waits until it is live and shows what it should. */
  async until(isMet: (rows: readonly AnyRow[]) => boolean, what: string): Promise<void> {
    const isDone = () => this.#fault !== undefined || (this.#status === 'live' && isMet(this.#rows))
    if (!isDone()) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const look = () => {
        if (isDone()) resolve()
      }
      this.#waiting.add(look)
      const timer = setTimeout(
        () =>
          reject(
            new Error(`${this.name} is ${this.#status} and waits for ${what}, shows ${show(this.#rows)}`),
          ),
        patienceMs,
      )
      await promise.finally(() => {
        clearTimeout(timer)
        this.#waiting.delete(look)
      })
    }
    this.check()
  }

  /** Waits until it shows these documents in this order. */
  async shows(expected: readonly AnyRow[]): Promise<void> {
    const text = JSON.stringify(expected)
    await this.until(rows => JSON.stringify(rows) === text, show(expected))
  }

  #see({ data, changes, meta }: Snapshot<AnyRow> | DocumentSnapshot<AnyRow>): void {
    this.snapshots++
    this.#status = meta.status
    const rows: readonly AnyRow[] = data === null ? [] : Array.isArray(data) ? data : [data]
    for (const { type, doc, old } of changes) {
      const id = String(doc.id)
      const held = this.#held.get(id)
      assert.equal(held, old, `${type} ${id} does not follow what was shown`)
      if (type === 'removed') this.#held.delete(id)
      else {
        assert.notEqual(JSON.stringify(doc), JSON.stringify(old), `${type} ${id} was told twice`)
        this.#held.set(id, doc)
        const newest = this.#newest.get(id) ?? -1
        assert.ok(doc.n >= newest, `${id} went back from ${newest} to ${doc.n}`)
        this.#newest.set(id, doc.n)
      }
    }
    assert.equal(rows.length, this.#held.size, 'the changes lead elsewhere')
    for (const row of rows) assert.equal(row, this.#held.get(String(row.id)), 'the changes lead elsewhere')
    this.#rows = rows
    if (meta.status === 'live') this.#also(rows)
  }
}

function show(rows: readonly AnyRow[]): string {
  const text = JSON.stringify(rows.map(({ id, n }) => `${id}:${n}`))
  return `${rows.length} documents ${text.slice(0, 600)}`
}
