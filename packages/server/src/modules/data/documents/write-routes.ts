import { batchReply, batchRequest } from '@cloudbox/protocol/batch'
import { dataProblems } from '@cloudbox/protocol/data'
import { headers as named } from '@cloudbox/protocol/http'
import { policyProblems } from '@cloudbox/protocol/policy'
import type { CodedProblem } from '@cloudbox/protocol/problem'
import { route, type Reply, type Route } from '../../../kernel/route.ts'
import { answering, answeringAny, type DocumentDeps, type DocumentRequest } from './answering.ts'
import { answerOnce } from './answer-once.ts'
import { prepareBatch } from './batch.ts'
import { readPrecondition } from './precondition.ts'
import { readPrefer } from './prefer.ts'
import { againIfTaken, runAlone, runWrite } from './run-write.ts'
import { prepareDeleteMany, prepareDeleteOne, prepareUpdateMany, prepareUpdateOne } from './write-change.ts'
import { prepareInsert, prepareUpsert } from './write-new.ts'
import type { PreparedWrite, WriteRequest } from './write-request.ts'

const removing = [
  dataProblems['unknown-collection'],
  dataProblems['not-allowed'],
  dataProblems['invalid-query'],
  policyProblems['invalid-expression'],
  dataProblems['too-slow'],
  dataProblems['broken-relation'],
  dataProblems['system-collection'],
  dataProblems['invalid-precondition'],
  dataProblems['invalid-preference'],
  dataProblems['too-many-affected'],
  dataProblems['invalid-idempotency-key'],
  dataProblems['idempotency-key-reused'],
]
const writing = [...removing, dataProblems['invalid-document'], dataProblems.conflict]
const ofOne = [dataProblems['unknown-document'], dataProblems['changed-meanwhile']]

export interface WriteDeps extends DocumentDeps {
  /** How long answers are kept for repetitions. */
  readonly idempotencyHours: number
}

/** Endpoints that write documents. */
export function writeRoutes(deps: WriteDeps): Route[] {
  const key = (summary: string, problems: readonly CodedProblem[]) => ({
    summary,
    problems,
    access: 'key' as const,
    permission: 'documents.write' as const,
  })
  return [
    route(
      'POST /data/:collection',
      key('Create one document, or all of a list', [...writing, dataProblems['too-many-rows']]),
      request => write(deps, request, { method: 'POST', takes: 'none', prepare: prepareInsert }),
    ),
    route(
      'PUT /data/:collection',
      key('Create documents, or change those that exist', [
        ...writing,
        dataProblems['too-many-rows'],
        dataProblems['changed-meanwhile'],
        dataProblems['exists-already'],
      ]),
      request => write(deps, request, { method: 'PUT', takes: 'put', prepare: prepareUpsert }),
    ),
    route(
      'PATCH /data/:collection',
      key('Change every document that matches', [...writing, dataProblems['filter-needed']]),
      request => write(deps, request, { method: 'PATCH', takes: 'none', prepare: prepareUpdateMany }),
    ),
    route('PATCH /data/:collection/:id', key('Change one document', [...writing, ...ofOne]), request => {
      const prepare = (asked: WriteRequest) => prepareUpdateOne(request.params.id, asked)
      return write(deps, request, { method: 'PATCH', takes: 'one', id: request.params.id, prepare })
    }),
    route(
      'DELETE /data/:collection',
      key('Delete every document that matches', [...removing, dataProblems['filter-needed']]),
      request => write(deps, request, { method: 'DELETE', takes: 'none', prepare: prepareDeleteMany }),
    ),
    route('DELETE /data/:collection/:id', key('Delete one document', [...removing, ...ofOne]), request => {
      const prepare = (asked: WriteRequest) => prepareDeleteOne(request.params.id, asked)
      return write(deps, request, { method: 'DELETE', takes: 'one', id: request.params.id, prepare })
    }),
    route(
      'POST /data/$batch',
      {
        summary: 'Write documents of several collections, all or nothing',
        description:
          'The operations run in order in one transaction, each judged by its policies as a request of its own would be; later ones see what earlier ones wrote. The first that fails is the answer, and nothing was written.',
        access: 'key',
        permission: 'documents.write',
        body: batchRequest,
        reply: batchReply,
        problems: [
          ...new Set([
            ...writing,
            ...ofOne,
            dataProblems['exists-already'],
            dataProblems['filter-needed'],
            dataProblems['too-many-rows'],
            dataProblems['invalid-batch'],
            dataProblems['check-failed'],
          ]),
        ],
      },
      request => {
        const key = request.headers[named.idempotencyKey]
        const { operations } = request.body
        const { prefer: common } = request.headers
        // An insert that prefers to merge is an upsert, too.
        const mayRace = operations.some(
          ({ op, prefer = common }) => op === 'upsert' || (op === 'insert' && prefer !== undefined),
        )
        return answeringAny(deps, request, (all, access, db) => {
          const prepare = () => prepareBatch(request.body, { ...request, all, access })
          return againIfTaken(mayRace, () => {
            if (key === undefined) return db.transaction(prepare())
            const keyed = { db, request, key, target: 'POST /data/$batch', hours: deps.idempotencyHours }
            return answerOnce(keyed, tx => prepare()(tx))
          })
        })
      },
    ),
  ]
}

interface Writing {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly id?: string
  /** Which preconditions there can be. */
  readonly takes: Parameters<typeof readPrecondition>[1]
  readonly prepare: (request: WriteRequest) => PreparedWrite
}

function write(
  deps: WriteDeps,
  request: DocumentRequest,
  { method, id, takes, prepare }: Writing,
): Promise<Reply> {
  const { queryText, body, headers, params } = request
  const key = headers[named.idempotencyKey]
  return answering(deps, request, (collection, access, db) => {
    const prepared = () =>
      prepare({
        collection,
        access,
        queryText,
        body,
        prefer: readPrefer(headers.prefer, offered(method)),
        precondition: readPrecondition(headers, takes),
      })
    return againIfTaken(method === 'PUT' || headers.prefer !== undefined, () => {
      if (key === undefined) return runAlone(prepared(), db)
      const target = `${method} ${params.collection} ${id ?? ''}`
      const keyed = { db, request, key, target, hours: deps.idempotencyHours }
      return answerOnce(keyed, tx => runWrite(prepared(), tx))
    })
  })
}

const everyWrite = ['return', 'max-affected'] as const
const everyCreation = [...everyWrite, 'resolution'] as const

/** The preferences a method can keep. */
export function offered(method: Writing['method']): Parameters<typeof readPrefer>[1] {
  return method === 'POST' || method === 'PUT' ? everyCreation : everyWrite
}
