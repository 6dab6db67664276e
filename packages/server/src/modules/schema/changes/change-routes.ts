import { dataProblems } from '@cloudbox/protocol/data'
import { schemaProblems } from '@cloudbox/protocol/schema'
import {
  ChangeBatchBody,
  ChangeBatchReply,
  OnlineChangeReply,
  OnlineChangesReply,
  QuarantineReply,
  ResumeChangeBody,
} from '@cloudbox/protocol/schema-changes'
import type { RecordChange } from '../../data/module.ts'
import { route, type Route } from '../../../kernel/route.ts'
import type { Author, AuthorOf } from '../../platform/module.ts'
import type { SchemaDeps } from '../deps.ts'
import { showChange } from './show-change.ts'

const reading = { access: 'secret', permission: 'collections.read' } as const
const changing = { access: 'secret', permission: 'collections.change' } as const
const known = [schemaProblems['unknown-change']]
const deciding = [...known, schemaProblems['change-over']]

/** Endpoints for changes that go on beside reads and writes. */
export function changeRoutes({ data }: SchemaDeps, authorOf: AuthorOf): Route[] {
  return [
    route(
      'GET /schema/changes',
      { summary: 'List online changes', ...reading, reply: OnlineChangesReply },
      async ({ environment }) => ({
        json: { changes: (await data.changes(environment)).map(showChange).toReversed() },
      }),
    ),

    route(
      'GET /schema/changes/:change',
      { summary: 'Get an online change', ...reading, reply: OnlineChangeReply, problems: known },
      async ({ environment, params }) => ({
        json: showChange(await data.change(environment, params.change)),
      }),
    ),

    route(
      'GET /schema/changes/:change/quarantine',
      {
        summary: 'List documents an online change has no value for',
        description:
          'The first hundred. Write the field, give a value with a batch, or resume with `setNull`.',
        ...reading,
        reply: QuarantineReply,
        problems: known,
      },
      async ({ environment, params }) => ({
        json: { documents: await data.quarantine(environment, params.change) },
      }),
    ),

    route(
      'POST /schema/changes/:change/pause',
      { summary: 'Pause an online change', ...changing, reply: OnlineChangeReply, problems: deciding },
      async request => {
        const record = recordAs(authorOf(request), 'change.paused')
        const paused = await data.pauseChange(request.environment, request.params.change, record)
        return { json: showChange(paused) }
      },
    ),

    route(
      'POST /schema/changes/:change/resume',
      {
        summary: 'Resume an online change',
        description: 'One that was paused or has failed, or one that waits for its quarantine.',
        ...changing,
        body: ResumeChangeBody,
        reply: OnlineChangeReply,
        problems: deciding,
      },
      async request => {
        const { environment, params, body } = request
        const record = recordAs(authorOf(request), 'change.resumed')
        return { json: showChange(await data.resumeChange(environment, params.change, body, record)) }
      },
    ),

    route(
      'POST /schema/changes/:change/cancel',
      {
        summary: 'Cancel an online change',
        description: 'The collection is what it was, with everything that was written meanwhile.',
        ...changing,
        reply: OnlineChangeReply,
        problems: [...deciding, dataProblems['collection-busy']],
      },
      async request => {
        const record = recordAs(authorOf(request), 'change.cancelled')
        return {
          json: showChange(await data.cancelChange(request.environment, request.params.change, record)),
        }
      },
    ),

    route(
      'POST /schema/changes/:change/batch',
      {
        summary: 'Compute values of an online change',
        description:
          'Takes what a program made of documents, and gives the next ones. Values without a version mend what is in the quarantine of any change; `again` has its values computed anew.',
        ...changing,
        // Values of documents, as many as there are: the change itself is in the audit.
        body: ChangeBatchBody,
        reply: ChangeBatchReply,
        problems: [...deciding, dataProblems['invalid-document']],
      },
      async ({ environment, params: { change }, body: { values, failures, again, limit } }) => {
        const answers = { ...(values && { values }), ...(failures && { failures }), ...(again && { again }) }
        const isAnswer = [values, failures, again].some(part => part !== undefined && part.length > 0)
        const { taken } = isAnswer ? await data.putBatch(environment, change, answers) : { taken: 0 }
        if (limit === 0) return { json: { taken, rows: [], isDone: false } }
        const { rows, isDone } = await data.nextBatch(environment, change, limit)
        return { json: { taken, rows: [...rows], isDone } }
      },
    ),
  ]
}

function recordAs(author: Author, action: string): RecordChange {
  return async (tx, { id, step: { sentence }, state, phase }) =>
    author.record(tx, { action, subject: id, after: { sentence, state, phase } })
}
