import { bind, type Bindings } from '../bind.ts'
import { CelError } from '../cel-error.ts'
import { check } from '../check.ts'
import type { Checked } from '../checked.ts'
import type { Truth } from '../kleene.ts'
import { decodeRow } from '../codec.ts'
import { helperSql } from '../helpers-sql.ts'
import { runtime, type Runtime } from '../runtime.ts'
import type { Row } from '../schema.ts'
import { composeNode, toClosure } from '../to-closure.ts'
import { toJs, toJsTruth, toJsValue, writeJs } from '../to-js.ts'
import { toSql } from '../to-sql.ts'
import type { TestDatabase } from './database.ts'
import { columns } from './random.ts'
import { table, tableSql } from './table.ts'

export interface Trial {
  source: string
  bindings: Bindings
  collate?: boolean
  /** A rule put in place of the right one, to see that it is noticed. */
  rules?: Partial<Runtime>
  /** The same for the SQL side. */
  rewriteSql?: (text: string) => string
}

/** Types an expression over the test table; undefined when it has no type. */
export function tryCheck(source: string): Checked | undefined {
  try {
    return check(source, { doc: table, next: table })
  } catch (error) {
    if (error instanceof CelError) return undefined
    throw error
  }
}

/**
 * Computes one expression on every row in every way there is: exact and simplified, in SQL, by the template's three
 * forms, and by closures. Answers with a description of the first difference, or undefined when all agree.
 */
export async function findDisagreement(
  db: TestDatabase,
  rows: readonly Row[],
  checked: Checked,
  { source, bindings, collate = false, rules, rewriteSql = text => text }: Trial,
): Promise<string | undefined> {
  const exact = bind(checked, bindings, { exact: true })
  const simple = bind(checked, bindings)
  const sql = toSql(exact, { alias: 't', collate })
  const simpleSql = toSql(simple, { alias: 't', collate, startAt: sql.values.length + 1 })
  const values = [...sql.values, ...simpleSql.values]
  const text = rewriteSql(
    `SELECT (${sql.text}) AS exact, (${simpleSql.text}) AS simple FROM things t ORDER BY id`,
  )
  const used = { ...runtime, ...rules }
  const describe = (problem: string) =>
    [problem, source, text, JSON.stringify(values), writeJs(exact.node, 'true').source].join('\n')
  let results: Record<string, string | null>[]
  try {
    results = await db.query(text, values)
  } catch (error) {
    return describe(`SQL raised: ${(error as Error).message}`)
  }
  const closure = composeNode(exact.node, used)
  const ways: Record<string, (row: Row) => Truth> = {
    template: toJsTruth(exact, used),
    value: row => toJsValue(exact, used)(row) as Truth,
    closure: row => closure(row, {}, []) as Truth,
  }
  const simpleWays: Record<string, (row: Row) => boolean> = {
    template: toJs(simple, used),
    closure: toClosure(simple),
  }
  for (const [index, row] of rows.entries()) {
    const result = results[index] as Record<string, string | null>
    const expected = result['exact'] === null ? undefined : result['exact'] === 't'
    for (const [name, compute] of Object.entries(ways)) {
      const got = compute(row)
      if (got !== expected) return describe(`row ${index}: SQL ${expected}, ${name} ${got}`)
    }
    if ((result['simple'] === 't') !== (expected === true))
      return describe(`row ${index}: SQL differs when simplified`)
    for (const [name, compute] of Object.entries(simpleWays)) {
      if (compute(row) !== (expected === true))
        return describe(`row ${index}: ${name} differs when simplified`)
    }
  }
  return undefined
}

/** Makes the test table, puts rows of Postgres' text into it and reads them back as model rows. */
export async function loadRows(
  db: TestDatabase,
  texts: readonly Readonly<Record<string, string | null | undefined>>[],
): Promise<Row[]> {
  await db.query(helperSql)
  await db.query(tableSql)
  const placeholders = columns.map((_, i) => `$${i + 2}`).join(', ')
  const insert = `INSERT INTO things(id, ${columns.join(', ')}) VALUES ($1, ${placeholders})`
  for (const [id, row] of texts.entries())
    await db.query(insert, [id, ...columns.map(column => row[column] ?? null)])
  return (await db.query('SELECT * FROM things ORDER BY id')).map(row => decodeRow(table, row))
}
