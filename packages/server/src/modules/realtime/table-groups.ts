import type { RowChange } from '../../kernel/stream.ts'
import type { ModelRow } from '../data/module.ts'
import type { Effect } from './effect.ts'
import type { Group } from './group.ts'
import { KeyIndex } from './key-index.ts'

/** The groups of one version of one collection, found by what is in a row. */
export class TableGroups {
  readonly groups = new Set<Group>()
  readonly #index = new KeyIndex<Group>()

  add(group: Group): void {
    this.groups.add(group)
    this.#index.add(group, group.keys)
  }

  remove(group: Group): void {
    this.groups.delete(group)
    this.#index.remove(group)
  }

  refile(group: Group): void {
    this.#index.remove(group)
    this.#index.add(group, group.keys)
  }

  /** Tells every group a change means something to. The rows are read once for all of them. */
  judge(change: RowChange, tell: (group: Group, effects: readonly Effect[]) => void): void {
    const [any] = this.groups
    if (any === undefined) return
    const read = (row: RowChange['new']): ModelRow | undefined => row && any.query.readRow(change.table, row)
    const before = read(change.old)
    const after = read(change.new)
    const found = new Set<Group>()
    if (after !== undefined) this.#index.find(after, found)
    if (before !== undefined) this.#index.find(before, found)
    for (const group of found) {
      const effects = group.judge(change, before, after)
      if (effects.length > 0) tell(group, effects)
    }
  }
}
