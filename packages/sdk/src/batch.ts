import type { BatchOperation, BatchReply } from '@cloudbox/protocol/batch'
import type { Backend } from './backend.ts'
import { CloudBoxError } from './cloudbox-error.ts'
import { failure, type Result, type Success } from './result.ts'
import { Task } from './task.ts'

/** What each of several writes gives, in their order. */
export type Results<Writes extends readonly Task<unknown>[]> = {
  -readonly [Index in keyof Writes]: Writes[Index] extends Task<infer Data> ? Data : never
}

/** Several writes in one transaction: all of them, or none. */
export class BatchTask<Writes extends readonly Task<unknown>[]> extends Task<Results<Writes>> {
  readonly #backend: Backend
  readonly #writes: Writes
  readonly #key: string | undefined
  protected readonly throwOnError: boolean

  constructor(backend: Backend, writes: Writes, key?: string) {
    super()
    this.#backend = backend
    this.#writes = writes
    this.#key = key
    this.throwOnError = backend.throwOnError
  }

  protected async run(): Promise<Result<Results<Writes>>> {
    const parts = this.#writes.map(write => write.asOperation())
    const operations: BatchOperation[] = []
    for (const [i, part] of parts.entries()) {
      if (part === undefined) return failure(notAWrite(i))
      operations.push(part.operation)
    }
    const result = await this.#backend.send({
      method: 'POST',
      path: '/data/$batch',
      body: { operations },
      headers: { 'idempotency-key': this.#key ?? randomKey() },
    })
    if (result.error !== null) return result
    const data: unknown[] = []
    for (const [i, { status, data: rows = null, count }] of (result.data as BatchReply).results.entries()) {
      const one: Success<unknown> = { ...result, status, data: rows, count }
      const read = parts[i]!.read(one)
      if (read.error !== null) return read
      data.push(read.data)
    }
    return { ...result, data: data as Results<Writes> }
  }
}

/** Also where there is no `crypto.randomUUID`: on pages without https. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), part => part.toString(36)).join('-')
}

function notAWrite(i: number): CloudBoxError {
  return new CloudBoxError({
    code: 'client/not-a-write',
    detail: `Number ${i} of the batch is no write`,
    hint: 'A batch takes insert, upsert, update, delete, set and check. Read outside of it.',
  })
}
