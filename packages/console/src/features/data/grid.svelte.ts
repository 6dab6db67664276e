import type { CloudBoxError } from '@cloudbox/client'
import { toError } from '#session/loaded.svelte.ts'
import { isSameValue } from './cell-value.ts'
import type { Column } from './columns.ts'
import type { Row, Rows } from './rows.svelte.ts'
import type { Writing } from './writing.ts'

interface Step {
  readonly id: string
  readonly before: Readonly<Record<string, unknown>>
}

/** A write the server refused, shown at its cell. */
export interface CellTrouble {
  readonly field: string
  readonly error: CloudBoxError
}

/** What one does in a grid: where one is, what is being edited, what is selected, and what was refused. */
export class Grid {
  row = $state(0)
  column = $state(0)
  /** What the editor begins with, where a key was typed into a cell; undefined: nothing is edited. */
  editing = $state.raw<{ readonly typed: string | undefined } | undefined>()
  selected = $state.raw<ReadonlySet<string>>(new Set())
  /** By id. */
  troubles = $state.raw<ReadonlyMap<string, CellTrouble>>(new Map())
  readonly #rows: Rows
  readonly #writing: Writing
  readonly #undo: Step[] = []
  /** Settles when what was saved last is answered. */
  #saving: Promise<void> | undefined

  constructor(rows: Rows, writing: Writing) {
    this.#rows = rows
    this.#writing = writing
  }

  get current(): Row | undefined {
    return this.#rows.shown[this.row]
  }

  move(rows: number, columns: number, columnCount: number): void {
    this.row = Math.max(0, Math.min(this.#rows.all.length - 1, this.row + rows))
    this.column = Math.max(0, Math.min(columnCount - 1, this.column + columns))
  }

  toggle(id: string): void {
    const next = new Set(this.selected)
    if (!next.delete(id)) next.add(id)
    this.selected = next
  }

  clearSelection(): void {
    this.selected = new Set()
  }

  forget(id: string): void {
    const next = new Map(this.troubles)
    next.delete(id)
    this.troubles = next
  }

  /** Shows a value at once and saves it; what the server refuses stands at its cell, and the old value comes back. */
  async save(row: Row, column: Column, value: unknown): Promise<void> {
    const { name } = column
    if (isSameValue(row[name], value)) return
    this.forget(row.id)
    this.#saving = this.#write(row, { [name]: value }, () =>
      this.#undo.push({ id: row.id, before: { [name]: row[name] ?? null } }),
    )
    await this.#saving
  }

  /** Takes the last saved cell back, also one that is being saved. */
  async undo(): Promise<void> {
    await this.#saving
    const step = this.#undo.pop()
    const row = step && this.#rows.all.find(({ id }) => id === step.id)
    if (step !== undefined && row !== undefined) await this.#write(row, step.before, () => {})
  }

  async #write(row: Row, changes: Readonly<Record<string, unknown>>, done: () => unknown): Promise<void> {
    this.#rows.setPending(row.id, changes)
    try {
      const stored = this.#rows.all.find(({ id }) => id === row.id) ?? row
      this.#rows.replace(await this.#writing.update(stored, changes))
      done()
    } catch (cause) {
      const error = toError(cause)
      this.troubles = new Map(this.troubles).set(row.id, { field: Object.keys(changes)[0]!, error })
      if (error.code === 'data/changed-meanwhile')
        // Decide with what it is now.
        await this.#writing.get(row.id).then(
          now => this.#rows.replace(now),
          () => {},
        )
    } finally {
      this.#rows.setPending(row.id, undefined)
    }
  }
}
