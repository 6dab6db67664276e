import type { CurrentEnvironment } from '#session/environment.svelte.ts'
import type { Row } from './rows.svelte.ts'

type Values = Readonly<Record<string, unknown>>

/** Writes of one collection, as the operator. Each throws a CloudBoxError. */
export class Writing {
  readonly #environment: CurrentEnvironment
  readonly #path: string

  constructor(environment: CurrentEnvironment, collection: string) {
    this.#environment = environment
    this.#path = `/data/${collection}`
  }

  insert(document: Values): Promise<Row> {
    return this.#environment.ask<Row>('POST', this.#path, { body: document })
  }

  insertMany(documents: readonly Values[]): Promise<Row[]> {
    return this.#environment.ask<Row[]>('POST', this.#path, { body: documents })
  }

  get(id: string): Promise<Row> {
    return this.#environment.ask<Row>('GET', `${this.#path}/${id}`)
  }

  /** Changes a document only if nobody has written it since it was read: else `data/changed-meanwhile`. */
  update({ id, updatedAt }: Pick<Row, 'id' | 'updatedAt'>, changes: Values): Promise<Row> {
    return this.#environment.ask<Row>('PATCH', `${this.#path}/${id}`, {
      body: changes,
      headers: { 'if-match': `"${updatedAt}"` },
    })
  }

  updateMany(ids: readonly string[], changes: Values): Promise<Row[]> {
    return this.#environment.ask<Row[]>('PATCH', this.#path, { query: { id: oneOf(ids) }, body: changes })
  }

  remove(ids: readonly string[]): Promise<Row[]> {
    return this.#environment.ask<Row[]>('DELETE', this.#path, { query: { id: oneOf(ids) } })
  }
}

const oneOf = (ids: readonly string[]) => `in.(${ids.join(',')})`
