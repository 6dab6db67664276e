import { bind, isNever, type Bound } from '@cloudbox/policy/bind'
import { compare, literal, make } from '@cloudbox/policy/ir'
import { parseUuid } from '@cloudbox/policy/text'
import { dataProblems } from '@cloudbox/protocol/data'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Reply } from '../../../kernel/route.ts'
import { sql, toStatement, type Statement } from '../../../kernel/sql.ts'
import type { Collection } from '../collection.ts'
import { documentEtag } from './etag.ts'
import { Mistakes } from './mistakes.ts'
import { parseQuery } from './parse-query.ts'
import { notAllowed } from './plan-list.ts'
import { planShape } from './plan-shape.ts'
import type { Access, Shape } from './plan.ts'
import { revalidated } from './revalidated.ts'
import { getSql } from './to-sql.ts'

/** The question for one document of any id. */
export interface PreparedGet {
  readonly collection: Collection
  /** Undefined where the policy lets nothing through. */
  readonly statement: Statement | undefined
  /** Where among the values the id stands. */
  readonly idAt: number
}

/** Plans one document by its id: the id stands in the statement as a value, so the plan is good for all. */
export function prepareGet(queryText: string, collection: Collection, access: Access): PreparedGet {
  const policy = access.may(collection, 'get')
  if (policy === undefined) throw notAllowed(collection, 'get')
  const shape = planOne(queryText, collection, access)
  if (isNever(policy)) return { collection, statement: undefined, idAt: -1 }
  const place = Symbol('id')
  const statement = toStatement(getSql(shape, policy, sql`${place}::uuid`))
  return { collection, statement, idAt: statement.values.indexOf(place) }
}

/** Answers one document by its id. */
export async function get(id: string, prepared: PreparedGet, db: Queryable): Promise<Reply> {
  const { collection, statement, idAt } = prepared
  const uuid = parseUuid(id)
  if (uuid === undefined || statement === undefined) throw unknownDocument(id, collection)
  const values = statement.values.with(idAt, uuid)
  const [row] = await db.query<{ document: string; xmin: string }>(
    { text: statement.text, values },
    { isShared: true },
  )
  if (row === undefined) throw unknownDocument(id, collection)
  return {
    jsonText: row.document,
    headers: { ...revalidated, etag: documentEtag(row.xmin, row.document) },
  }
}

/** The shape of one document; an address with an id takes no filter. */
export function planOne(queryText: string, collection: Collection, access: Access): Shape {
  const mistakes = new Mistakes()
  const query = parseQuery(queryText, mistakes)
  const { filter, having, where, limit, after, order, count, onConflict } = query
  const others = {
    filter,
    having,
    where,
    limit,
    after,
    count,
    onConflict,
    order: order.length > 0 || undefined,
  }
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined)
      mistakes.add(
        `?${name}`,
        'one document by its id takes only select',
        `leave it out, or use /data/${collection.name}?id=eq.…`,
      )
  }
  const shape = planShape(query.selection, collection, access, mistakes)
  mistakes.throwIfAny()
  return shape
}

/** True of the document with this id.
 * @throws Problem `data/unknown-document` for what cannot be an id. */
export function hasId(id: string, collection: Collection): Bound {
  const uuid = parseUuid(id)
  if (uuid === undefined) throw unknownDocument(id, collection)
  const column = make({ op: 'column', type: 'uuid', args: [], row: 'doc', column: 'id' })
  return bind({ node: compare('==', column, literal('uuid', uuid)) }, {})
}

export function unknownDocument(id: string, { name }: Collection): Problem {
  const shown = id.length > 80 ? `${id.slice(0, 80)}…` : id
  return new Problem(dataProblems['unknown-document'], `There is no document '${shown}' in ${name} for you.`)
}
