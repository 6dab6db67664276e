import type { Database } from './db.ts'
import { openTransaction } from './open-transaction.ts'
import { sql, type Statement } from './sql.ts'

export interface CursorOptions {
  /** Longest time from the first row to the last, whoever is slow. */
  readonly timeoutMs: number
  /** Called when that time is over and the connection is given back, although nobody asked for more. */
  readonly expired?: () => void
}

/** About how many characters one batch holds. */
const batchCharacters = 65_536
const firstRows = 64
const mostRows = 4096

/**
 * The rows of a statement in batches, read as they are asked for and all of one moment. Every row is one text, the
 * column `j`. From the first `next` until the last row, `return`, a failure or the end of the time it holds one
 * connection. `return` also ends a search that is under way.
 *
 * @throws from `next` the driver's error; SQLSTATE 57014 when the time is over
 */
export function openCursor(
  db: Database,
  statement: Statement,
  { timeoutMs, expired = () => {} }: CursorOptions,
): AsyncIterableIterator<readonly string[], undefined, undefined> {
  const ending = new AbortController()
  const batches = readBatches(db, statement, timeoutMs, ending.signal)
  const end = async (reason?: Error) => {
    clearTimeout(timer)
    ending.abort(reason ?? ended)
    await batches.return(undefined)
  }
  const expire = () => void end(overtime()).then(expired, expired)
  const timer = setTimeout(expire, timeoutMs)
  timer.unref()
  return {
    async next() {
      const { signal } = ending
      // Being done would pass for the end of the rows.
      if (signal.aborted && signal.reason !== ended) throw signal.reason
      const batch = await batches.next()
      if (signal.aborted && signal.reason !== ended) throw signal.reason
      if (batch.done === true) clearTimeout(timer)
      return batch
    },
    async return() {
      await end()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Why a cursor is over that nobody reads any more. */
const ended = new Error('nobody reads any more')

function overtime(): Error {
  return Object.assign(new Error('the cursor was open for too long'), { code: '57014' })
}

async function* readBatches(
  db: Database,
  { text, values }: Statement,
  timeoutMs: number,
  signal: AbortSignal,
): AsyncGenerator<readonly string[], undefined, undefined> {
  const { tx, end } = await openTransaction(db)
  let busyProcess: number | undefined
  let cancelling: Promise<unknown> | undefined
  const cancel = () => {
    if (busyProcess !== undefined)
      cancelling = db.query(sql`select pg_cancel_backend(${busyProcess}::int)`).catch(() => {})
  }
  signal.addEventListener('abort', cancel)
  try {
    // The time that counts is the cursor's own, also while its reader does nothing.
    const [own] = await tx.query<{ process: number }>(sql`
      select pg_backend_pid() as process, set_config('transaction_read_only', 'on', true),
        set_config('statement_timeout', ${String(timeoutMs)}, true),
        set_config('idle_in_transaction_session_timeout', '0', true)`)
    busyProcess = own!.process
    await tx.query({ text: `declare rows no scroll cursor for ${text}`, values })
    for (let size = firstRows; !signal.aborted;) {
      busyProcess = own!.process
      const rows = await tx.query<{ j: string }>({ text: `fetch ${size} from rows`, values: [] })
      busyProcess = undefined
      if (rows.length > 0) yield rows.map(row => row.j)
      if (rows.length < size) break
      size = nextSize(rows)
    }
  } finally {
    busyProcess = undefined
    signal.removeEventListener('abort', cancel)
    // A cancel that is under way must hit nothing else.
    await cancelling
    await end()
  }
}

/** As many rows as fill a batch, in a power of two, so that the statements are few. */
function nextSize(rows: readonly { j: string }[]): number {
  const characters = rows.reduce((sum, row) => sum + row.j.length, 0)
  const fitting = Math.min((rows.length * batchCharacters) / Math.max(characters, 1), mostRows)
  return 2 ** Math.max(0, Math.floor(Math.log2(fitting)))
}
