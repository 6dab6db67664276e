import type { Database, TransactionOptions, Tx } from './db.ts'

/** A transaction that lasts until its holder ends it. */
export interface OpenTransaction {
  readonly tx: Tx
  /** Ends it and gives its connection back; what it wrote is kept if nothing in it failed. Never throws. */
  end(): Promise<void>
}

/** Begins a transaction for work that is not one function call. */
export async function openTransaction(db: Database, options?: TransactionOptions): Promise<OpenTransaction> {
  const opened = Promise.withResolvers<Tx>()
  const ended = Promise.withResolvers<void>()
  const done = db.transaction(tx => {
    opened.resolve(tx)
    return ended.promise
  }, options)
  done.catch(opened.reject)
  const tx = await opened.promise
  return {
    tx,
    end: () => {
      ended.resolve()
      return done.catch(() => {})
    },
  }
}
