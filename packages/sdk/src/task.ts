import type { BatchOperation } from '@cloudbox/protocol/batch'
import type { Result, Success } from './result.ts'

/** A write as part of a batch. */
export interface BatchPart {
  readonly operation: BatchOperation
  /** Gives what came of it the shape it would have alone. */
  read(result: Success<unknown>): Result<unknown>
}

/** A request that is sent when it is awaited; awaiting it twice sends it twice. */
export abstract class Task<Data> implements PromiseLike<Result<Data>> {
  protected abstract run(): Promise<Result<Data>>
  protected abstract readonly throwOnError: boolean

  /** This write as part of a batch; undefined when it is none. For `client.batch`. */
  asOperation(): BatchPart | undefined {
    return undefined
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being awaited is what it is for
  then<Fulfilled = Result<Data>, Rejected = never>(
    onFulfilled?: ((result: Result<Data>) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    const sent: Promise<Result<Data>> = this.throwOnError ? this.orThrow() : this.run()
    return sent.then(onFulfilled, onRejected)
  }

  /**
   * Sends it, and rejects with a CloudBoxError instead of resolving to one.
   *
   * @example
   * const { data } = await box.collection('todos').eq('done', false).orThrow()
   */
  async orThrow(): Promise<Success<Data>> {
    const result = await this.run()
    if (result.error !== null) throw result.error
    return result
  }
}
