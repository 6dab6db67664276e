/** What a snapshot sees, read from the text of `pg_current_snapshot()`: `xmin:xmax:running,…`. */
export interface TransactionSnapshot {
  /** All ids below are seen or rolled back. */
  readonly xmin: bigint
  /** No id from here on is seen. */
  readonly xmax: bigint
  /** Ids in between that are not seen. */
  readonly running: ReadonlySet<bigint>
}

export function parseSnapshot(text: string): TransactionSnapshot {
  const [xmin, xmax, running] = text.split(':') as [string, string, string?]
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    running: new Set(running ? running.split(',').map(BigInt) : []),
  }
}

/** Whether the effects of a committed transaction are in the snapshot. */
export function sees({ xmin, xmax, running }: TransactionSnapshot, xid: bigint): boolean {
  return xid < xmin || (xid < xmax && !running.has(xid))
}
