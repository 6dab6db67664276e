import type pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from './clock.ts'

export interface SteadyWrites {
  /** `insert into … values ($1, $2, $3, $4)`: title, owner, done, priority. */
  readonly statement: string
  /** Writes are numbered from here; the title of write 7 is `w 7`. */
  readonly from: number
  readonly count: number
  readonly perSecond: number
  /** The priority of each write by its number; one for all without it. */
  readonly priorities?: readonly number[]
}

/** The priority of what everybody listens to. */
export const heardPriority = 987_654

/**
 * Writes at a steady pace, each write a commit of its own, and tells when each was committed: the moment its answer
 * was there, on the machine's steady clock.
 */
export async function writeSteadily(
  pool: pg.Pool,
  { statement, from, count, perSecond, priorities }: SteadyWrites,
  onCommit: (row: string) => void = () => {},
): Promise<number[]> {
  const committedAt: number[] = []
  const startMs = nowMs()
  const write = async (i: number) => {
    const priority = priorities === undefined ? heardPriority : priorities[i]
    const values = [`w ${from + i}`, 'u1', false, priority]
    const { rows } = await pool.query<{ body: string }>({ name: 'steady', text: statement, values })
    committedAt[i] = nowMs()
    onCommit(rows[0]!.body)
  }
  const running: Promise<void>[] = []
  for (let i = 0; i < count; i++) {
    const waitMs = startMs + (i * 1000) / perSecond - nowMs()
    if (waitMs > 1) await sleep(waitMs)
    running.push(write(i))
  }
  await Promise.all(running)
  return committedAt
}

/** The statement that writes a task and answers its JSON. */
export function insertTask(table: string): string {
  return `insert into ${table} as t ("title", "owner", "done", "priority") values ($1, $2, $3, $4) returning row_to_json(t)::text as body`
}
