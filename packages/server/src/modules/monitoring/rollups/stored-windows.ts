import { setImmediate as turn } from 'node:timers/promises'
import type { Database, Queryable, Tx } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { pack, unpack, unpackCounts, type IndexOf } from '../counting/pack.ts'
import { Counted, type CountedWindow, type TallyKey } from '../counting/window.ts'
import type { OperationsTable } from './operations-table.ts'

/** Lengths of the windows that are kept, in seconds. */
export type Step = 10 | 60 | 3600

/** What was counted for one environment in one window. */
export interface StoredWindow {
  readonly environmentId: string
  /** When it began, ms since 1970. */
  readonly at: number
  readonly counted: Counted
}

interface Row extends Record<string, unknown> {
  readonly environmentId: string
  readonly at: number
  /** As hex. */
  readonly counts: string
}

/** Windows that are unpacked before others get their turn: some milliseconds. */
const atOnce = 10

/** Reads and writes windows of all lengths. */
export class StoredWindows {
  readonly #db: Database
  readonly #operations: OperationsTable

  constructor(db: Database, operations: OperationsTable) {
    this.#db = db
    this.#operations = operations
  }

  /** Everything that is to be known of operations before windows of them are written. */
  async prepare(windows: readonly CountedWindow[]): Promise<void> {
    const indexes = windows.flatMap(({ environments }) =>
      [...environments.values()].flatMap(({ tallies }) =>
        [...tallies.keys()].map(key => Math.floor(key / 4)),
      ),
    )
    await this.#operations.ensure(this.#db, indexes)
  }

  /** Adds windows of ten seconds to what is there, `prepare`d before. Longer ones that have them are to be merged again. */
  async add(tx: Tx, windows: readonly CountedWindow[]): Promise<void> {
    const all = windows.flatMap(({ at, environments }) =>
      [...environments].map(([environmentId, counted]) => ({ environmentId, at, counted })),
    )
    if (all.length === 0) return
    const fresh = await this.#insert(tx, all)
    for (const window of all) if (!fresh.has(placeOf(window))) await this.#join(tx, window)
    const oldest = new Date(Math.min(...all.map(({ at }) => at)))
    await tx.query(sql`
      update cloudbox.monitoring_progress
      set merged_to = date_bin(make_interval(secs => step), ${oldest}::timestamptz, 'epoch')
      where merged_to > ${oldest}::timestamptz`)
  }

  /** Puts windows in the place of what is there. */
  async replace(tx: Tx, step: Step, windows: readonly StoredWindow[]): Promise<void> {
    const { environmentIds, times, counts } = this.#columns(windows)
    await tx.query(sql`
      insert into cloudbox.monitoring_windows (step, environment_id, at, counts)
      select ${step}, * from unnest(${environmentIds}::uuid[], ${times}::timestamptz[], ${counts}::bytea[])
      on conflict (step, environment_id, at) do update set counts = excluded.counts`)
  }

  /** Windows of some environments, or of all, that begin in a time; in the order of time. */
  async read(
    from: Queryable,
    step: Step,
    time: { readonly from: number; readonly to: number },
    environmentIds?: readonly string[],
  ): Promise<StoredWindow[]> {
    return this.#unpack(await this.#rows(from, step, time, environmentIds))
  }

  /** The same a few at a time, so that others get their turn in between. */
  async *readInTurns(
    from: Queryable,
    step: Step,
    time: { readonly from: number; readonly to: number },
    environmentIds: readonly string[],
  ): AsyncGenerator<StoredWindow> {
    const rows = await this.#rows(from, step, time, environmentIds)
    for (let at = 0; at < rows.length; at += atOnce) {
      yield* await this.#unpack(rows.slice(at, at + atOnce))
      await turn()
    }
  }

  /** How many windows of some environments begin when, in the order of time. */
  countByTime(
    from: Queryable,
    step: Step,
    time: { readonly from: number; readonly to: number },
    environmentIds: readonly string[],
  ): Promise<{ at: number; count: number }[]> {
    return from.query<{ at: number; count: number }>(sql`
      select extract(epoch from at)::float8 * 1000 as at, count(*)::int as count
      from cloudbox.monitoring_windows
      where step = ${step} and at >= ${new Date(time.from)}::timestamptz
        and at < ${new Date(time.to)}::timestamptz and environment_id = any (${environmentIds}::uuid[])
      group by monitoring_windows.at order by monitoring_windows.at`)
  }

  /** How often each thing was done in windows of an environment that begin in a time, and nothing else of it. */
  async readCounts(
    from: Queryable,
    step: Step,
    time: { readonly from: number; readonly to: number },
    environmentId: string,
  ): Promise<{ readonly at: number; readonly counts: readonly (readonly [TallyKey, number])[] }[]> {
    const rows = await this.#rows(from, step, time, [environmentId])
    return this.#withIndexes(indexOf =>
      rows.map(({ at, counts }) => ({ at, counts: unpackCounts(Buffer.from(counts, 'hex'), indexOf) })),
    )
  }

  #rows(
    from: Queryable,
    step: Step,
    time: { readonly from: number; readonly to: number },
    environmentIds: readonly string[] | undefined,
  ): Promise<Row[]> {
    const ofThem =
      environmentIds === undefined ? sql`` : sql` and environment_id = any (${environmentIds}::uuid[])`
    return from.query<Row>(sql`
      select environment_id as "environmentId", extract(epoch from at)::float8 * 1000 as at,
        encode(counts, 'hex') as counts
      from cloudbox.monitoring_windows
      where step = ${step} and at >= ${new Date(time.from)}::timestamptz
        and at < ${new Date(time.to)}::timestamptz${ofThem}
      order by 2`)
  }

  async #insert(tx: Tx, windows: readonly StoredWindow[]): Promise<ReadonlySet<string>> {
    const { environmentIds, times, counts } = this.#columns(windows)
    const rows = await tx.query<{ environmentId: string; at: number }>(sql`
      insert into cloudbox.monitoring_windows (step, environment_id, at, counts)
      select 10, * from unnest(${environmentIds}::uuid[], ${times}::timestamptz[], ${counts}::bytea[])
      on conflict do nothing
      returning environment_id as "environmentId", extract(epoch from at)::float8 * 1000 as at`)
    return new Set(rows.map(placeOf))
  }

  /** Another process, or this one before it was started again, has written of the same ten seconds. */
  async #join(tx: Tx, { environmentId, at, counted }: StoredWindow): Promise<void> {
    const place = sql`step = 10 and environment_id = ${environmentId} and at = ${new Date(at)}::timestamptz`
    const rows = await tx.query<Row>(sql`
      select environment_id as "environmentId", extract(epoch from at)::float8 * 1000 as at,
        encode(counts, 'hex') as counts
      from cloudbox.monitoring_windows where ${place} for update`)
    const whole = new Counted()
    for (const { counted: before } of await this.#unpack(rows)) whole.join(before)
    whole.join(counted)
    await tx.query(sql`
      update cloudbox.monitoring_windows set counts = ${pack(whole, this.#operations.numberOf)} where ${place}`)
  }

  #columns(windows: readonly StoredWindow[]) {
    return {
      environmentIds: windows.map(({ environmentId }) => environmentId),
      times: windows.map(({ at }) => new Date(at)),
      counts: windows.map(({ counted }) => pack(counted, this.#operations.numberOf)),
    }
  }

  #unpack(rows: readonly Row[]): Promise<StoredWindow[]> {
    return this.#withIndexes(indexOf =>
      rows.map(({ environmentId, at, counts }) => ({
        environmentId,
        at,
        counted: unpack(Buffer.from(counts, 'hex'), indexOf),
      })),
    )
  }

  /** Reads with the indexes of operations; once more where one is not known yet. */
  async #withIndexes<T>(read: (indexOf: IndexOf) => T): Promise<T> {
    let isUnknown = false
    const indexOf = (number: number) => {
      const index = this.#operations.indexOf(number)
      isUnknown ||= index === undefined
      return index
    }
    const found = read(indexOf)
    if (!isUnknown) return found
    // Another process has given it its number.
    await this.#operations.load(this.#db)
    return read(indexOf)
  }
}

function placeOf({ environmentId, at }: { readonly environmentId: string; readonly at: number }): string {
  return `${environmentId} ${at}`
}
