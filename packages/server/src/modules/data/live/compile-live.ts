import { and, isNever, type Bound } from '@cloudbox/policy/bind'
import { decodeText } from '@cloudbox/policy/codec'
import { predicateKey } from '@cloudbox/policy/predicate-key'
import { realtimeProblems } from '@cloudbox/protocol/realtime'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Clock } from '../../../kernel/clock.ts'
import type { Caller, Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { unknownCollection, type Catalog } from '../collections/catalog.ts'
import { fieldTraits } from '../collections/field-types.ts'
import { tableSchema } from '../collections/table-schema.ts'
import type { Collection, Collections, Field } from '../collection.ts'
import { accessOf } from '../documents/access.ts'
import { hasId } from '../documents/get.ts'
import { Mistakes } from '../documents/mistakes.ts'
import { parseQuery } from '../documents/parse-query.ts'
import { notAllowed, planWhole } from '../documents/plan-list.ts'
import { hasAggregates } from '../documents/plan-grouping.ts'
import { planOrder } from '../documents/plan-order.ts'
import { planShape } from '../documents/plan-shape.ts'
import type { Access, PlannedOrder, Shape } from '../documents/plan.ts'
import { writeDocument, type NamedField } from '../documents/row-json.ts'
import { rowsSql } from '../documents/to-sql.ts'
import { filterClauses, policyClauses } from './clauses.ts'
import { rowComparer } from './compare-rows.ts'
import { liveLookups } from './live-lookups.ts'
import type { LiveClauses, LiveQuery, LiveRequest, ModelRow } from './live-query.ts'
import { rowReader, textIn } from './stream-reader.ts'

/** What a live request means, before it can be asked. */
interface Question {
  readonly predicate: Bound
  clauses(): LiveClauses
  readonly shape: Shape
  readonly order: readonly PlannedOrder[]
  readonly limit: number | undefined
}

/**
 * Compiles a live query for one caller.
 *
 * @throws Problem of the query, `data/not-allowed`, or `realtime/not-live` for what only the database can answer.
 */
export async function compileLive(
  catalog: Pick<Catalog, 'collections'>,
  environment: Environment,
  caller: Caller,
  request: LiveRequest,
  clock?: Clock,
): Promise<LiveQuery> {
  const all = await catalog.collections(environment)
  const collection = all.get(request.collection) ?? unknownCollection(request.collection, all, caller)
  if (caller.kind === 'secret' && caller.scope?.may('documents.read') === false)
    throw new Problem(platformProblems['not-allowed'], 'This needs the permission documents.read.')
  const access = accessOf(caller, all, undefined, undefined, clock)
  const question =
    request.documentId === undefined
      ? planQuery(request.queryText ?? '', collection, access)
      : planDocument(request.documentId, collection, access)
  const query = toLiveQuery(collection, question, access.collections)
  // What a look-up finds would have to change with the clock, without a commit.
  if (query.lookups.length > 0 && access.isMomentary()) {
    throw new Problem(
      realtimeProblems['not-live'],
      `A policy of ${collection.name} looks into another collection, and the query reads the time.`,
      { hint: 'Keep whether it counts now in a field of that collection.' },
    )
  }
  return query
}

function planDocument(id: string, collection: Collection, access: Access): Question {
  const policy = access.may(collection, 'get')
  if (policy === undefined) throw notAllowed(collection, 'get')
  const shape = planShape([{ kind: 'all' }], collection, access, new Mistakes())
  const isIt = hasId(id, collection)
  const predicate = and(policy, isIt)
  const clauses = () => ({
    policy: policyClauses(collection, 'get', access, predicate),
    filter: [{ text: `id=eq.${id}`, bound: isIt, lookups: [] }],
  })
  return { predicate, clauses, shape, order: [], limit: undefined }
}

function planQuery(queryText: string, collection: Collection, access: Access): Question {
  const policy = access.may(collection, 'list')
  if (policy === undefined) throw notAllowed(collection, 'list')
  const mistakes = new Mistakes()
  const query = parseQuery(queryText, mistakes)
  if (hasAggregates(query.selection))
    throw notLive(
      '?select',
      'aggregates are not live',
      'ask for them with a list, or sum up the live documents',
    )
  const filter = planWhole(query, collection, access, mistakes)
  const shape = planShape(query.selection, collection, access, mistakes)
  // The id that makes the order total is said by the protocol, not by the query.
  const order = planOrder(query.order, collection, mistakes).slice(0, query.order.length)
  mistakes.throwIfAny()

  const { having, after, count, onConflict } = query
  for (const [name, value] of Object.entries({ having, after, count, onConflict })) {
    if (value !== undefined)
      throw notLive(`?${name}`, 'a live query has no pages and no count', 'leave it out')
  }
  for (const output of shape.outputs) {
    if (output.kind === 'embed') throw notLive('?select', `'${output.name}' is an embedded relation`)
    if (output.cast !== undefined || output.path.field === undefined)
      throw notLive(
        '?select',
        `'${output.name}' is not a plain field`,
        'select the whole field, without cast or path',
      )
  }
  for (const { path, direction, nulls } of order) {
    if (path.field === undefined) throw notLive('?order', 'the order is by a value inside JSON')
    if ((direction === 'asc') !== (nulls === 'last'))
      throw notLive('?order', `nulls${nulls} is not the usual place`, 'leave out nullsfirst and nullslast')
  }
  const names = new Set(shape.outputs.map(output => output.name))
  for (const { name } of [collection.fields.get('id')!, ...order.map(term => term.path.field!)]) {
    if (!names.has(name))
      throw notLive(
        '?select',
        `'${name}' is missing`,
        'select id and the fields of the order: clients sort by them',
      )
  }
  const predicate = and(policy, filter)
  const clauses = () => ({
    policy: policyClauses(collection, 'list', access, predicate),
    filter: filterClauses(queryText, collection, access),
  })
  return { predicate, clauses, shape, order, limit: query.limit }
}

function notLive(at: string, message: string, hint = realtimeProblems['not-live'].hint): Problem {
  return new Problem(realtimeProblems['not-live'], `${at}: ${message}.`, { hint, errors: [{ at, message }] })
}

function lookupNotLive({ name }: Collection): never {
  throw new Problem(
    realtimeProblems['not-live'],
    `A policy of ${name} looks into another collection in a way only the database can answer.`,
    {
      hint: 'In live queries the condition of db.….exists(m, …) joins with &&: at most one m.field == doc.field of one type, and the rest on m and on who asks.',
    },
  )
}

function toLiveQuery(
  collection: Collection,
  { predicate, clauses, shape, order, limit }: Question,
  collections: Collections,
): LiveQuery {
  const { bound: judged, lookups } = liveLookups(predicate, collections) ?? lookupNotLive(collection)
  const selected = shape.outputs.flatMap((output): NamedField[] =>
    output.kind === 'value' && output.path.field !== undefined
      ? [{ name: output.name, field: output.path.field }]
      : [],
  )
  const fields = order.map((term): [Field, 'asc' | 'desc'] => [term.path.field!, term.direction])
  const named = fields.map(([field, direction]) => [field.name, direction] as const)
  const total = [...order, ...planOrder([], collection, new Mistakes())]
  const schema = tableSchema(collection)
  return {
    collection,
    predicate,
    judged,
    lookups,
    clauses,
    groupKey: JSON.stringify([
      collection.name,
      collection.version,
      predicateKey(predicate),
      lookups.map(({ key }) => key),
      named,
      limit ?? null,
      selected.map(({ name, field }) => [name, field.column]),
      shape.withExtra,
    ]),
    order: named,
    limit,
    async snapshot(tx, rows) {
      if (isNever(predicate)) return []
      const found = await tx.query<{ j: string; k: string }>(
        rowsSql({ shape, predicate, order: total, limit: rows }),
      )
      return found.map(({ j, k }) => {
        const model = readKeys(JSON.parse(k) as (string | null)[], total)
        return { key: String(model.id), json: j, model }
      })
    },
    readRow: rowReader(schema),
    keyOf: model => String(model.id),
    writeJson: (table, row) => writeDocument(selected, shape.withExtra, textIn(table, row)),
    compare: rowComparer(fields),
  }
}

function readKeys(keys: readonly (string | null)[], order: readonly PlannedOrder[]): ModelRow {
  const model: ModelRow = {}
  order.forEach(({ path }, i) => {
    const { column, type } = path.field!
    // As a text a boolean is a word; the stream and the driver write a letter.
    const text = type === 'boolean' ? keys[i]?.[0] : keys[i]
    model[column] = decodeText(fieldTraits[type].value, false, text)
  })
  return model
}
