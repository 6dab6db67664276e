import type { Bound } from '@cloudbox/policy/bind'
import { toStatement, type Sql, type Statement } from '../../../kernel/sql.ts'
import { extraColumn, type Collection } from '../collection.ts'
import type { Representation } from './changed-sql.ts'
import type { IncomingDocument } from './check-document.ts'
import { writtenColumns } from './insert-sql.ts'
import { insertOneSql, updateOneSql, type OneDocument, type Place } from './one-document-sql.ts'

/** What a kind of write is for one caller: worked out once, as long as nothing it depends on changes. */
export interface WritePlan {
  readonly policy: Bound
  readonly representation: Representation | undefined
  /** Statements by the columns they write. */
  readonly templates: Map<string, Template | undefined>
}

/** A statement whose values stand at known places. */
interface Template {
  readonly statement: Statement
  readonly places: readonly { readonly at: number; readonly column: string }[]
}

/** Different sets of columns remembered for one plan; clients that send more are few. */
const mostTemplates = 50

/** The statement that inserts one document; undefined when it takes the one for many. */
export function quickInsert(
  document: IncomingDocument,
  collection: Collection,
  plan: WritePlan,
): Statement | undefined {
  const columns = writtenColumns([document])
  const template = templateOf(columns, collection, plan, insertOneSql)
  return template && fill(template, document, collection)
}

/** The statement that changes one document; undefined when it takes the one for many. */
export function quickUpdate(
  documentId: string,
  change: IncomingDocument,
  collection: Collection,
  plan: WritePlan,
): Statement | undefined {
  const { values, extra, removed, operators } = change
  if (values.size === 0 || removed.length > 0 || operators !== undefined || Object.keys(extra).length > 0)
    return undefined
  const template = templateOf([...values.keys()].sort(), collection, plan, updateOneSql)
  return template && fill(template, change, collection, documentId)
}

function templateOf(
  columns: readonly string[],
  collection: Collection,
  { policy, representation, templates }: WritePlan,
  write: (one: OneDocument, place: Place) => Sql | undefined,
): Template | undefined {
  const key = columns.join()
  if (templates.has(key)) return templates.get(key)
  const symbols = new Map<unknown, string>()
  const piece = write({ collection, policy, columns, representation }, column => {
    const symbol = Symbol(column)
    symbols.set(symbol, column)
    return symbol
  })
  const template = piece && toTemplate(toStatement(piece), symbols)
  if (templates.size >= mostTemplates) templates.clear()
  templates.set(key, template)
  return template
}

function toTemplate(statement: Statement, symbols: ReadonlyMap<unknown, string>): Template {
  const places = statement.values.flatMap((value, at) => {
    const column = symbols.get(value)
    return column === undefined ? [] : [{ at, column }]
  })
  return { statement, places }
}

function fill(
  { statement, places }: Template,
  document: IncomingDocument,
  collection: Collection,
  documentId?: string,
): Statement {
  const values = [...statement.values]
  for (const { at, column } of places)
    values[at] =
      column === 'id' && documentId !== undefined ? documentId : valueOf(column, document, collection)
  return { text: statement.text, values }
}

/** A value in the form Postgres reads from text. */
function valueOf(column: string, { values, extra }: IncomingDocument, { fields }: Collection): unknown {
  if (column === extraColumn) return JSON.stringify(extra)
  const value = values.get(column) ?? null
  return value !== null && fields.get(column)?.type === 'json' ? JSON.stringify(value) : value
}
