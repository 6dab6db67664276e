import { realtimeProblems } from '@cloudbox/protocol/realtime'
import { Problem } from '../../kernel/problem.ts'
import type { RowChange, StreamTable, Transaction } from '../../kernel/stream.ts'
import { limitConcurrency } from '../../lib/limit-concurrency.ts'
import type { ModelRow } from '../data/module.ts'
import type { RealtimeConfig } from './config.ts'
import type { Group } from './group.ts'
import { KeptSet } from './kept-set.ts'
import { KeyIndex } from './key-index.ts'
import { readAtPosition, type PositionSource } from './read-at-position.ts'

export interface LookupsOptions extends PositionSource {
  readonly config: Pick<RealtimeConfig, 'concurrentSnapshots'>
  /** The group can be judged from now on: its sets are known. */
  known(group: Group): void
}

const none: ReadonlySet<Group> = new Set()
/** Values one look-up may have: they are kept in memory. */
export const mostValues = 100_000

/** The sets that look into one version of one collection, found by what is in a row. */
interface TableSets {
  readonly sets: Set<KeptSet>
  readonly index: KeyIndex<KeptSet>
}

/** Keeps the sets of all look-ups from the change stream, one for all that ask for the same. SPEC.md, I12. */
export class Lookups {
  readonly #options: LookupsOptions
  readonly #limit: <T>(work: () => Promise<T>) => Promise<T>
  readonly #byKey = new Map<string, KeptSet>()
  readonly #byTable = new Map<string, Map<number, TableSets>>()

  constructor(options: LookupsOptions) {
    this.#options = options
    // Its own: the reading of an answer waits for its sets.
    this.#limit = limitConcurrency(options.config.concurrentSnapshots)
  }

  /** The sets of the group's look-ups, shared with others; to be let go with `release`. */
  hold(group: Group): void {
    group.sets = group.query.lookups.map(source => {
      const known = this.#byKey.get(source.key)
      if (known !== undefined) return known
      const made = new KeptSet(source)
      this.#byKey.set(source.key, made)
      this.#file(made)
      return made
    })
    for (const set of group.sets) set.groups.add(group)
  }

  release(group: Group): void {
    for (const set of group.sets) {
      set.groups.delete(group)
      if (set.groups.size > 0) continue
      this.#byKey.delete(set.source.key)
      this.#unfile(set)
    }
  }

  /** Resolves when the group's sets are known; undefined when they are. They may change before anybody acts on it. */
  known(group: Group): Promise<void> | undefined {
    if (group.isSure) return undefined
    return Promise.all(group.sets.map(set => (set.isKnown ? undefined : this.#read(set)))).then(() => {})
  }

  /** Every commit, before rows are judged by it. Tells the groups that cannot go on: a set of theirs is another now. */
  hear({ changes }: Transaction): ReadonlySet<Group> {
    if (this.#byTable.size === 0) return none
    const touched = new Set<KeptSet>()
    for (const change of changes) {
      if (change.kind === 'event') continue
      for (const { sets, index } of this.#at(change.table)) {
        if (change.kind === 'truncate' || change.kind === 'bulk') {
          for (const set of sets) {
            set.forget()
            touched.add(set)
          }
        } else apply(change, sets, index, touched)
      }
    }
    const groups = new Set<Group>()
    for (const set of touched) {
      if (set.size > mostValues) set.forget()
      if (set.settle()) for (const group of set.groups) groups.add(group)
    }
    return groups
  }

  /** The history has ended: nothing is known any more. */
  forget(): void {
    for (const set of this.#byKey.values()) {
      set.forget()
      set.settle()
    }
  }

  #read(set: KeptSet): Promise<void> {
    set.reading ??= this.#limit(() =>
      readAtPosition(this.#options, {
        name: set.source.collection.name,
        read: tx => set.source.snapshot(tx, mostValues + 1),
        use: (values, missed) => {
          if (values.length > mostValues) throw tooLarge()
          return set.load(values, missed)
        },
      }),
    )
      .then(() => {
        for (const group of set.groups) if (group.isSure) this.#options.known(group)
      })
      .finally(() => {
        set.reading = undefined
      })
    return set.reading
  }

  #at({ schema, name }: Pick<StreamTable, 'schema' | 'name'>): Iterable<TableSets> {
    return this.#byTable.get(`${schema}.${name}`)?.values() ?? []
  }

  #file(set: KeptSet): void {
    const { schema, name, version } = set.source.collection
    const table = `${schema}.${name}`
    const versions = this.#byTable.get(table) ?? new Map<number, TableSets>()
    this.#byTable.set(table, versions)
    const { sets, index } = versions.get(version) ?? { sets: new Set(), index: new KeyIndex<KeptSet>() }
    versions.set(version, { sets, index })
    sets.add(set)
    index.add(set, set.keys)
  }

  #unfile(set: KeptSet): void {
    const { schema, name, version } = set.source.collection
    const table = `${schema}.${name}`
    const versions = this.#byTable.get(table)!
    const { sets, index } = versions.get(version)!
    sets.delete(set)
    index.remove(set)
    if (sets.size === 0) versions.delete(version)
    if (versions.size === 0) this.#byTable.delete(table)
  }
}

/** Changes the sets that count the row before or after. It is read once for all of them. */
function apply(
  change: RowChange,
  sets: ReadonlySet<KeptSet>,
  index: KeyIndex<KeptSet>,
  touched: Set<KeptSet>,
): void {
  const [any] = sets
  const read = (row: RowChange['new']): ModelRow | undefined => row && any!.source.readRow(change.table, row)
  const before = read(change.old)
  const after = read(change.new)
  const found = new Set<KeptSet>()
  if (before !== undefined) index.find(before, found)
  if (after !== undefined) index.find(after, found)
  for (const set of found) {
    set.change(before, after)
    touched.add(set)
  }
}

function tooLarge(): Problem {
  return new Problem(realtimeProblems['too-large'], `A look-up has more than ${mostValues} values.`, {
    hint: 'Filter by the field that is looked up, so that fewer values can matter.',
  })
}
