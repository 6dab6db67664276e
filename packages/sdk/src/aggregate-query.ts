import type { Aggregate } from './aggregates.ts'
import type { Backend } from './backend.ts'
import { encodeInGroup } from './filter-value.ts'
import { Filters, type Operator } from './filters.ts'
import type { QueryState } from './query-state.ts'
import type { Result } from './result.ts'
import type { Field } from './schema.ts'
import { toRequest } from './to-request.ts'

/**
 * Documents summed up, by groups if asked. Like a query it is described first and sent when it is awaited.
 *
 * @example
 * const { data } = await box.collection('cities')
 *   .aggregate({ total: sum('population'), n: count() })
 *   .groupBy('country').having('n', 'gt', 5).order('total', { ascending: false }).limit(10)
 */
export class AggregateQuery<Row, Out extends object> extends Filters<Row, Out[]> {
  readonly #backend: Backend
  protected readonly state: QueryState
  protected readonly throwOnError: boolean

  constructor(backend: Backend, state: QueryState) {
    super()
    this.#backend = backend
    this.state = state
    this.throwOnError = backend.throwOnError
  }

  /** One answer for each value of these fields, which stand in it. */
  groupBy<Name extends Field<Row>>(
    ...fields: Name[]
  ): AggregateQuery<Row, Out & { [Key in Name]: Key extends keyof Row ? Row[Key] : unknown }> {
    const select = [...fields, this.state.select].join()
    return new AggregateQuery(this.#backend, { ...this.state, select })
  }

  /** Only groups of which this is true, by the names of the answer; several have to be true all. */
  having(name: keyof Out & string, operator: Operator, value: unknown): this {
    const term = `${name}.${encodeInGroup(operator, value)}`
    return this.with({ having: [...(this.state.having ?? []), term] })
  }

  /** Sorts by a name of the answer; call it again for the next one. */
  order(name: keyof Out & string, { ascending = true }: { readonly ascending?: boolean } = {}): this {
    return this.with({ order: [...this.state.order, `${name}.${ascending ? 'asc' : 'desc'}`] })
  }

  /** At most this many groups. */
  limit(groups: number): this {
    return this.with({ limit: groups })
  }

  /** Also tell how many groups there are, whatever the limit. */
  count(): this {
    return this.with({ count: 'exact' })
  }

  /** Ends the request with `client/aborted` when the signal fires. */
  abortSignal(signal: AbortSignal): this {
    return this.with({ signal })
  }

  protected with(change: Partial<QueryState>): this {
    return new AggregateQuery(this.#backend, { ...this.state, ...change }) as this
  }

  protected async run(): Promise<Result<Out[]>> {
    return (await this.#backend.send(toRequest(this.state))) as Result<Out[]>
  }
}

/** `total:population.sum(),n:count()` */
export function selectOf(columns: Readonly<Record<string, Aggregate<unknown>>>): string {
  return Object.entries(columns)
    .map(([name, { text }]) => `${name}:${text}`)
    .join()
}
