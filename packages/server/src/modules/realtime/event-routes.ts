import { Type } from 'typebox'
import { authProblems } from '@cloudbox/protocol/auth'
import { dataProblems } from '@cloudbox/protocol/data'
import { realtimeProblems, realtimeVersion } from '@cloudbox/protocol/realtime'
import type { Caller, Environment } from '../../kernel/caller.ts'
import type { Credentials } from '../../kernel/gate.ts'
import { route, type Reply, type Route } from '../../kernel/route.ts'
import type { LiveRequest } from '../data/module.ts'
import { checkFrames } from './check-frames.ts'
import { listening, type Connection, type ConnectionOptions } from './connection.ts'
import { eventHeaders, openEvents } from './open-events.ts'

export interface EventRouteOptions extends ConnectionOptions {
  /** Hears of every connection that is opened. */
  readonly opened: (connection: Connection) => void
}

/** What both requests have in common. */
interface Asking {
  readonly environment: Environment
  readonly caller: Caller
  readonly credentials: Credentials
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly ip: string
  readonly id: string
}

const mostFrames = 1000
const queryOfFrames = Type.Object({ apikey: Type.Optional(Type.String()) }, { additionalProperties: false })
const queryOfOne = Type.Object(
  {
    coll: Type.String({ description: 'The collection.' }),
    q: Type.Optional(
      Type.String({ description: 'The query of a list, as in its URL; percent-encoded as a whole.' }),
    ),
    doc: Type.Optional(Type.String({ description: 'The id of one document, instead of a query.' })),
    coalesce: Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,6}$',
        description: 'Changes are told together, at most every so many ms.',
      }),
    ),
    mode: Type.Optional(
      Type.Union([Type.Literal('rows'), Type.Literal('lossless')], {
        description: '`lossless`: every commit one by one.',
      }),
    ),
    apikey: Type.Optional(Type.String({ description: 'The key, where headers cannot be set.' })),
    token: Type.Optional(Type.String({ description: "The user's token, where headers cannot be set." })),
  },
  { additionalProperties: false },
)
const problems = [realtimeProblems['bad-frame'], authProblems['token-invalid'], authProblems['token-expired']]

/** Live queries as server-sent events: the frames of the WebSocket, each the data of one event. */
export function eventRoutes(options: EventRouteOptions): Route[] {
  const { broker, gate, config, opened } = options

  const answer = async (
    { environment, caller, credentials, headers, ip, id }: Asking,
    frames: readonly unknown[],
    placeOf: (index: number) => string,
    look?: { readonly request: LiveRequest },
  ): Promise<Reply> => {
    const token = checkFrames(frames, config.maxSubscriptions, placeOf)
    const isUser = token !== undefined && caller.kind !== 'secret'
    const asker = isUser ? await gate.withToken(environment, caller, token, listening) : caller
    if (look !== undefined)
      await broker.compile({ receiver: { environment, caller: asker }, request: look.request })
    return {
      headers: eventHeaders,
      takeOver: response => {
        const userAgent = headers['user-agent']?.toString() ?? ''
        const asked = { id: `sse-${id}`, environment, caller, credentials, ip, userAgent, response, frames }
        opened(openEvents(asked, options))
      },
    }
  }

  return [
    route(
      'POST /realtime/events',
      {
        summary: 'Live queries as server-sent events',
        description:
          'The frames a WebSocket client would send: `hello` first, then `sub` for each live query. Every frame of the answer is the data of one event.',
        access: 'key',
        permission: 'realtime.listen',
        keyInQuery: true,
        query: queryOfFrames,
        body: Type.Object(
          {
            frames: Type.Array(Type.Object({ t: Type.String() }), { minItems: 1, maxItems: mostFrames }),
          },
          { additionalProperties: false },
        ),
        problems: [...problems, realtimeProblems['hello-needed'], realtimeProblems['too-many-subscriptions']],
      },
      request => answer(request, withCursor(request.body.frames, request.headers), at => `/frames/${at}`),
    ),
    route(
      'GET /realtime/events',
      {
        summary: 'One live query as server-sent events, for curl and EventSource',
        access: 'key',
        permission: 'realtime.listen',
        keyInQuery: true,
        query: queryOfOne,
        problems: [
          ...problems,
          realtimeProblems['not-live'],
          realtimeProblems['too-large'],
          dataProblems['unknown-collection'],
          dataProblems['not-allowed'],
          dataProblems['invalid-query'],
        ],
      },
      request => {
        const { coll, q, doc, coalesce, mode, token } = request.query
        const target = {
          coll,
          ...(q !== undefined && { q }),
          ...(doc !== undefined && { doc }),
          ...(coalesce !== undefined && { coalesce: Number(coalesce) }),
          ...(mode !== undefined && { mode }),
        }
        const frames = [
          { t: 'hello', v: realtimeVersion, ...(token !== undefined && { token }) },
          { t: 'sub', id: 1, ...target },
        ]
        const asked = {
          collection: coll,
          ...(doc === undefined ? { queryText: q ?? '' } : { documentId: doc }),
        }
        return answer(request, withCursor(frames, request.headers), () => '?', { request: asked })
      },
    ),
  ]
}

/**
 * Lets subscriptions that do not say where to go on from do so from the `Last-Event-ID`. One that is none of ours
 * names a history nobody knows, so that it is answered with a reset.
 */
function withCursor(
  frames: readonly { readonly t: string; readonly since?: unknown }[],
  headers: Readonly<Record<string, string | string[] | undefined>>,
): readonly unknown[] {
  const lastId = headers['last-event-id']
  if (typeof lastId !== 'string' || lastId === '') return frames
  const [, epoch, lsn] = /^(.*):([0-9a-f]{16})$/.exec(lastId) ?? [undefined, lastId, '0'.repeat(16)]
  return frames.map(frame => (frame.t === 'sub' ? { since: { epoch, lsn }, ...frame } : frame))
}
