import { dataProblems } from '@cloudbox/protocol/data'
import { schemaProblems } from '@cloudbox/protocol/schema'
import type { SqlBody, SqlReply } from '@cloudbox/protocol/schema-sql'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id } from '../../../kernel/sql.ts'
import type { SqlAnswer, SqlSession } from '../../../kernel/sql-session.ts'
import { openDesk, type DeskDeps } from './open-desk.ts'

/** So many rows are fetched at once, so that wide ones stop early. */
const batchRows = 200
/** More than this is not shown, whatever the limit. */
const mostCharacters = 4_000_000

/**
 * Runs a statement that somebody wrote, in a transaction on a connection of its own.
 * @param done called between the statement and its commit, of those that may write
 * @throws Problem with the place at fault
 */
export async function runAtDesk(
  deps: DeskDeps,
  environment: Environment,
  body: SqlBody,
  done: () => Promise<void> = async () => {},
): Promise<SqlReply> {
  const session = await openDesk(deps, environment)
  try {
    return await run(session, environment, body, done)
  } finally {
    await session.close()
  }
}

async function run(
  session: SqlSession,
  { schema }: Environment,
  { text, write = false, limit = 500, explain, timeoutMs = 15_000 }: SqlBody,
  done: () => Promise<void>,
): Promise<SqlReply> {
  await session.run(`set statement_timeout = ${timeoutMs}`)
  await session.run(`set lock_timeout = ${Math.min(timeoutMs, 5000)}`)
  await session.run(`set search_path = ${id(schema).parts[0]}`)
  await session.run(`begin ${write ? '' : 'read only'}`)
  const startedAt = performance.now()
  const elapsed = () => Math.round((performance.now() - startedAt) * 1000) / 1000
  if (explain !== undefined) {
    const prefix = `explain (format json${explain === 'analyze' ? ', analyze, buffers' : ''}) `
    const { rows } = await attempt(session, prefix, text)
    const ms = elapsed()
    await session.run('rollback')
    const plan = JSON.parse(rows[0]![0]!) as unknown
    return { columns: [], rows: [], isCut: false, command: 'EXPLAIN', count: null, ms, plan }
  }
  const { answer, isCut } = await answerOf(session, text, limit)
  const ms = elapsed()
  const types = await typeNames(session, answer)
  if (write) await done()
  await session.run('commit')
  return {
    columns: answer.columns.map(({ name }, i) => ({ name, type: types[i]! })),
    rows: answer.rows.map(row => [...row]),
    isCut,
    command: answer.command,
    count: answer.count,
    ms,
  }
}

/** What answers rows goes through a cursor, so that a whole table is not read to show its beginning. */
async function answerOf(
  session: SqlSession,
  text: string,
  limit: number,
): Promise<{ answer: SqlAnswer; isCut: boolean }> {
  if (/^\s*(--[^\n]*\n|\s|\(|\/\*[\s\S]*?\*\/)*(select|with|values|table)\b/i.test(text)) {
    await session.run('savepoint asked')
    const isCursor = await session.run(`${cursor}${text}`).then(
      () => true,
      // A WITH that writes, or no query at all: the statement itself tells what is wrong with it.
      () => false,
    )
    if (isCursor) return fetchRows(session, limit)
    await session.run('rollback to savepoint asked')
  }
  const answer = await attempt(session, '', text)
  const rows = answer.rows.slice(0, limit)
  return { answer: { ...answer, rows }, isCut: rows.length < answer.rows.length }
}

const cursor = 'declare desk no scroll cursor for '

async function fetchRows(session: SqlSession, limit: number): Promise<{ answer: SqlAnswer; isCut: boolean }> {
  const rows: (readonly (string | null)[])[] = []
  let characters = 0
  for (;;) {
    const wanted = Math.min(batchRows, limit + 1 - rows.length)
    const answer = await attempt(session, '', `fetch ${wanted} from desk`)
    for (const row of answer.rows) {
      rows.push(row)
      for (const value of row) characters += value?.length ?? 0
    }
    const isCut = rows.length > limit || characters > mostCharacters
    if (!isCut && answer.rows.length === wanted) continue
    const shown = rows.slice(0, limit)
    return { answer: { ...answer, rows: shown, command: 'SELECT', count: shown.length }, isCut }
  }
}

async function typeNames(session: SqlSession, { columns }: SqlAnswer): Promise<string[]> {
  if (columns.length === 0) return []
  const list = columns.map(({ typeOid }) => `pg_catalog.format_type(${typeOid}, null)`).join(', ')
  const { rows } = await session.run(`select ${list}`)
  return rows[0]!.map(name => name ?? '?')
}

interface DatabaseError {
  readonly code?: string
  readonly message: string
  readonly detail?: string
  readonly hint?: string
  readonly position?: string
}

async function attempt(session: SqlSession, prefix: string, text: string): Promise<SqlAnswer> {
  try {
    return await session.run(prefix + text)
  } catch (error) {
    throw problemOf(error as DatabaseError, prefix, text)
  }
}

/** It is the author's own SQL: he may know what Postgres says of it. */
function problemOf(error: DatabaseError, prefix: string, text: string): unknown {
  const { code, message, detail, hint, position } = error
  if (code === undefined || /^(08|57P|XX)/.test(code)) return error
  if (code === '57014')
    return new Problem(dataProblems['too-slow'], 'The SQL took too long.', { cause: error })
  if (code === '55P03')
    return new Problem(dataProblems['collection-busy'], 'Other work holds what the SQL asks for.', {
      cause: error,
    })
  const at = position === undefined ? undefined : Math.max(0, Number(position) - 1 - prefix.length)
  const where = at === undefined ? '' : `line ${text.slice(0, at).split('\n').length}: `
  return new Problem(schemaProblems['sql-refused'], `${where}${message}${detail ? ` (${detail})` : ''}.`, {
    errors: [{ at: at === undefined ? '/text' : `/text[${at}]`, message }],
    hint: code === '25006' ? 'Say that it may write.' : hint,
    cause: error,
  })
}
