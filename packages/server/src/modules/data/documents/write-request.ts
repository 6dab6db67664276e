import { or, type Bound } from '@cloudbox/policy/bind'
import { headers } from '@cloudbox/protocol/http'
import { dataProblems } from '@cloudbox/protocol/data'
import type { Operation } from '@cloudbox/protocol/collection'
import { Problem } from '../../../kernel/problem.ts'
import type { Reply } from '../../../kernel/route.ts'
import type { Sql, Statement } from '../../../kernel/sql.ts'
import type { Collection } from '../collection.ts'
import type { Representation, WriteRow } from './changed-sql.ts'
import { documentEtag } from './etag.ts'
import { Mistakes } from './mistakes.ts'
import { parseQuery } from './parse-query.ts'
import { notAllowed } from './plan-list.ts'
import { planShape } from './plan-shape.ts'
import type { Access } from './plan.ts'
import type { Precondition } from './precondition.ts'
import type { Prefer } from './prefer.ts'
import type { Query, Selection } from './query.ts'

/** A request to write, whatever kind. */
export interface WriteRequest {
  readonly collection: Collection
  readonly access: Access
  readonly queryText: string
  readonly body: unknown
  readonly prefer: Prefer
  readonly precondition: Precondition
}

/** A write that is checked and written as SQL; nothing was asked of the database yet. */
export interface PreparedWrite {
  /** Undefined where it cannot meet any document. */
  readonly statement: Sql | undefined
  /** The same for one document in the usual case, asked first: no row when there is none or a policy refused. */
  readonly quick?: Statement | undefined
  /** Asked when no document was met: a row means that it is there, but not as If-Match says. */
  readonly changedSql?: Sql | undefined
  /** Fewer documents may change: else the transaction is rolled back. */
  readonly maxAffected: number | undefined
  /**
   * The answer to what the statement gave.
   * @throws Problem where a policy refused: then nothing was written.
   */
  read(row: WriteRow | undefined): Reply
  /** The problem a failure of the statement means; the failure itself unless told. */
  explain?(error: unknown): unknown
}

/** Reads the query of a write. Filters and `select` may stand there, pages and orders may not. */
export function planWrite(request: WriteRequest, allowed: readonly string[]): Query {
  const mistakes = new Mistakes()
  const query = parseQuery(request.queryText, mistakes)
  const { having, limit, after, count, onConflict } = query
  const others = { having, limit, after, count, onConflict, order: query.order.length > 0 || undefined }
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined && !allowed.includes(name))
      mistakes.add(`?${name}`, 'has no meaning for this method')
  }
  mistakes.throwIfAny()
  return query
}

export function policyOf({ collection, access }: WriteRequest, operation: Operation): Bound {
  const policy = access.may(collection, operation)
  if (policy === undefined) throw notAllowed(collection, operation)
  return policy
}

/**
 * Documents of a system collection are made and deleted by its module alone.
 * @throws Problem `data/system-collection`
 */
export function refuseSystemWrite({ name, system }: Collection, operation: 'create' | 'delete'): void {
  if (system === undefined) return
  throw new Problem(
    dataProblems['system-collection'],
    `Documents of ${name} are not ${operation}d as documents: they belong to ${system.owner}.`,
    { hint: `Use ${system.ways[operation]}.` },
  )
}

export function representationOf(request: WriteRequest, selection: Selection): Representation | undefined {
  const mistakes = new Mistakes()
  const shape = planShape(selection, request.collection, request.access, mistakes)
  mistakes.throwIfAny()
  return withShape(request, shape)
}

/** Whoever may read a document in one way or the other sees what became of it. */
export function withShape(request: WriteRequest, shape: Representation['shape']): Representation | undefined {
  return isSilent(request) ? undefined : { shape, visible: readable(request) }
}

/** What the caller may read in one way or the other. */
export function readable({ access, collection }: WriteRequest): Bound {
  const ways = [access.may(collection, 'get'), access.may(collection, 'list')]
  return or(...ways.filter(way => way !== undefined))
}

export const isSilent = ({ prefer }: WriteRequest): boolean =>
  prefer.return === 'minimal' || prefer.return === 'headers-only'

/** Throws when a policy refused what would have been written. */
export function refuse(
  row: WriteRow | undefined,
  collection: Collection,
  operation: string,
  body: unknown,
): void {
  const denied = row?.denied ?? null
  if (denied === null) return
  const isMany = Array.isArray(body)
  const which =
    operation === 'update' ? 'the changed document' : isMany ? `document ${denied}` : 'this document'
  const policies =
    operation === 'upsert' ? 'policies for create or update do' : `policy for ${operation} does`
  throw new Problem(
    dataProblems['not-allowed'],
    `${collection.name}: the ${policies} not allow ${which}. Nothing was written.`,
    isMany ? { errors: [{ at: `/${denied}`, message: `the ${policies} not allow it` }] } : {},
  )
}

/** What is answered about a write; a row that is missing is one that was not even asked for. */
export function answer(
  row: WriteRow | undefined,
  request: WriteRequest,
  /** A document alone has an etag; a deleted one has none any more. */
  { isMany, hasVersion = !isMany }: { readonly isMany: boolean; readonly hasVersion?: boolean },
): Reply {
  const { prefer } = request
  const text = row?.documents ?? ''
  const named = {
    ...(row === undefined ? {} : { [headers.commit]: row.commit }),
    'content-range': `*/${row?.changed ?? 0}`,
    ...(prefer.applied === '' ? {} : { 'preference-applied': prefer.applied }),
    ...(row !== undefined && hasVersion && row.changed === 1
      ? { etag: documentEtag(xminOf(row.commit), text === '' ? undefined : text) }
      : {}),
  }
  if (isSilent(request)) return { status: 204, headers: named }
  return { jsonText: isMany ? `[${text}]` : text === '' ? 'null' : text, headers: named }
}

/** A row's xmin is the transaction that wrote it, without the epoch. */
const xminOf = (commit: string): string => String(BigInt(commit) & 0xffffffffn)
