import { dataProblems } from '@cloudbox/protocol/data'
import type { Clock } from '../../../kernel/clock.ts'
import type { Caller, Environment, EnvironmentLimits } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { isWorthRetrying, toPgError } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Reply } from '../../../kernel/route.ts'
import { unknownCollection, type Catalog } from '../collections/catalog.ts'
import type { Collection, Collections } from '../collection.ts'
import { accessOf } from './access.ts'
import type { Access } from './plan.ts'
import { withTimeout } from './with-timeout.ts'

export interface DocumentDeps {
  readonly db: Database
  readonly catalog: Catalog
  /** The machine's own unless told. */
  readonly clock?: Clock
}

/** What is read of a request to any document. */
export interface AnyDocumentRequest {
  readonly environment: Environment
  readonly caller: Caller
  readonly queryText: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly ip: string
}

/** What the handlers read of a request. */
export interface DocumentRequest extends AnyDocumentRequest {
  readonly params: { readonly collection: string }
}

/** SQLSTATEs of a table or column that is not there, or of another type: the structure changed since we looked. */
const staleCodes = ['42P01', '42703', '42704', '3F000', '0A000', '42804', '42883']

/** Finds the collection and answers, see {@link answeringAny}. */
export function answering(
  deps: DocumentDeps,
  request: DocumentRequest,
  answer: (collection: Collection, access: Access, db: Database) => Promise<Reply>,
): Promise<Reply> {
  return answeringAny(deps, request, (all, access, db) =>
    answer(findCollection(request.params.collection, all, request.caller), access, db),
  )
}

/** @throws Problem `data/unknown-collection` */
export function findCollection(name: string, all: Collections, caller: Caller): Collection {
  return all.get(name) ?? unknownCollection(name, all, caller)
}

/**
 * Answers with the collections of the environment. What failed because transactions met, or because the structure
 * changed in between, is tried once more. Statements take no longer than the environment allows.
 */
export async function answeringAny(
  { db, catalog, clock }: DocumentDeps,
  { environment, caller, ip }: AnyDocumentRequest,
  answer: (all: Collections, access: Access, db: Database) => Promise<Reply>,
): Promise<Reply> {
  const { limits } = environment
  const timed = withTimeout(db, limits.statementTimeoutMs)
  const attempt = async () => {
    const all = await catalog.collections(environment)
    return answer(all, accessOf(caller, all, ip, limits.maxRows, clock), timed)
  }
  try {
    return await attempt()
  } catch (error) {
    const code = toPgError(error)?.code
    const isStale = code !== undefined && staleCodes.includes(code)
    if (isStale) catalog.invalidate(environment.id)
    if (!isStale && !isWorthRetrying(error)) throw explain(error, limits)
  }
  return attempt().catch((error: unknown) => {
    throw explain(error, limits)
  })
}

/** A value that Postgres cannot read: of a cast, of a cursor, or of a rule only the database knows. */
export function explain(error: unknown, { statementTimeoutMs }: EnvironmentLimits = {}): unknown {
  const code = toPgError(error)?.code
  if (code === '57014' && statementTimeoutMs !== undefined)
    return new Problem(
      dataProblems['too-slow'],
      `The database stopped working on this: ${statementTimeoutMs} ms are the limit of this environment.`,
      { cause: error },
    )
  if (code === '22003')
    return new Problem(dataProblems['invalid-document'], 'A number grows too large for its field.', {
      cause: error,
    })
  if (!code?.startsWith('22')) return error
  return new Problem(dataProblems['invalid-query'], 'A value cannot be read as the type it is asked for.', {
    hint: 'Look at the casts in select, and send cursors unchanged.',
    cause: error,
  })
}
