import { isNever } from '@cloudbox/policy/bind'
import { dataProblems } from '@cloudbox/protocol/data'
import { openCursor } from '../../../kernel/cursor.ts'
import type { Database } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Reply } from '../../../kernel/route.ts'
import { toStatement } from '../../../kernel/sql.ts'
import type { DataConfig } from '../config.ts'
import type { CheckCost } from './cost-guard.ts'
import type { ExportFormat } from './export-format.ts'
import { exportSql } from './export-sql.ts'
import type { ListPlan } from './plan.ts'

/** Answers whole lists, as many at a time as the settings allow. */
export type Export = (plan: ListPlan, format: ExportFormat, check?: CheckCost) => Promise<Reply>

type ExportSettings = Pick<DataConfig, 'maxExports' | 'exportTimeoutMs'>

/** Lists without end, line by line from Postgres' cursor to the socket: memory stays flat on both sides. */
export function createExport(db: Database, { maxExports, exportTimeoutMs }: ExportSettings): Export {
  let running = 0
  return async (plan, format, check) => {
    const { lines, header } = exportSql(plan, format)
    const end = format.kind === 'csv' ? '\r\n' : '\n'
    const first = header === undefined ? '' : header + end
    const headers = {
      'content-type': format.kind === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
      'cache-control': 'no-store',
      vary: 'accept',
    }
    if (isNever(plan.predicate) && plan.grouping === undefined) return { headers, body: first }
    const statement = toStatement(lines)
    await check?.(statement)
    if (running >= maxExports) throw tooMany(maxExports)
    running++
    const release = once(() => running--)
    // A reader that stalls asks for nothing, so that only the cursor knows when its time is over.
    const cursor = openCursor(db, statement, { timeoutMs: exportTimeoutMs, expired: release })
    try {
      // What cannot be answered at all is told as a problem, before the first line is sent.
      const begun = await cursor.next()
      return { headers, stream: new Lines({ cursor, begun, first, end, release }) }
    } catch (error) {
      release()
      throw error
    }
  }
}

type Cursor = ReturnType<typeof openCursor>

interface LinesParts {
  readonly cursor: Cursor
  /** The first batch. */
  readonly begun: IteratorResult<readonly string[], undefined>
  readonly first: string
  readonly end: string
  readonly release: () => void
}

class Lines implements AsyncIterableIterator<string, undefined> {
  readonly #parts: LinesParts
  #isBegun = false

  constructor(parts: LinesParts) {
    this.#parts = parts
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    const { cursor, begun, first, end, release } = this.#parts
    const isFirst = !this.#isBegun
    this.#isBegun = true
    try {
      const { done, value } = isFirst ? begun : await cursor.next()
      if (done === true) {
        release()
        return isFirst && first !== '' ? { done: false, value: first } : { done: true, value: undefined }
      }
      return { done: false, value: (isFirst ? first : '') + value.join(end) + end }
    } catch (error) {
      release()
      throw error
    }
  }

  async return(): Promise<IteratorResult<string, undefined>> {
    await this.#parts.cursor.return?.()
    this.#parts.release()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator]() {
    return this
  }
}

function once(work: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) work()
    isDone = true
  }
}

function tooMany(most: number): Problem {
  return new Problem(dataProblems['too-many-exports'], `${most} exports are running already.`, {
    headers: { 'retry-after': '5' },
  })
}
