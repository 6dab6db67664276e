import { and, bind, isNever, type Bound } from '@cloudbox/policy/bind'
import { compare, literal, make } from '@cloudbox/policy/ir'
import { parseUuid } from '@cloudbox/policy/text'
import { dataProblems } from '@cloudbox/protocol/data'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Reply } from '../../../kernel/route.ts'
import type { Collection } from '../collection.ts'
import { Mistakes } from './mistakes.ts'
import { parseQuery } from './parse-query.ts'
import { notAllowed } from './plan-list.ts'
import { planShape } from './plan-shape.ts'
import type { Access, Shape } from './plan.ts'
import { getSql } from './to-sql.ts'

/** Answers one document by its id. */
export async function get(
  id: string,
  queryText: string,
  collection: Collection,
  access: Access,
  db: Queryable,
): Promise<Reply> {
  const policy = access.may(collection, 'get')
  if (policy === undefined) throw notAllowed(collection, 'get')
  const shape = planOne(queryText, collection, access)
  const predicate = and(policy, hasId(id, collection))
  if (isNever(predicate)) throw unknownDocument(id, collection)
  const [row] = await db.query<{ document: string }>(getSql(shape, predicate))
  if (row === undefined) throw unknownDocument(id, collection)
  return { jsonText: row.document }
}

/** The shape of one document; an address with an id takes no filter. */
export function planOne(queryText: string, collection: Collection, access: Access): Shape {
  const mistakes = new Mistakes()
  const query = parseQuery(queryText, mistakes)
  const { filter, where, limit, after, order, count, onConflict } = query
  const others = { filter, where, limit, after, count, onConflict, order: order.length > 0 || undefined }
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
