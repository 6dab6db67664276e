import { Type, type Static } from 'typebox'

/** Settings of live queries. */
export const realtimeConfig = Type.Object({
  heartbeatMs: Type.Integer({
    default: 5000,
    minimum: 100,
    maximum: 60_000,
    description: 'A connection hears at least this often from the server.',
  }),
  pingIntervalMs: Type.Integer({
    default: 25_000,
    minimum: 100,
    maximum: 600_000,
    description:
      'A client is pinged this often; one that leaves two pings unanswered, or has not said hello by the first, is disconnected.',
  }),
  maxSubscriptions: Type.Integer({
    default: 100,
    minimum: 1,
    description: 'Live queries one connection may have.',
  }),
  maxRows: Type.Integer({
    default: 10_000,
    minimum: 1,
    description: 'Documents one live query without a limit may hold.',
  }),
  maxWindow: Type.Integer({
    default: 500,
    minimum: 1,
    description: 'Largest limit of a live query; a larger one is kept like a query without a limit.',
  }),
  sendQueueBytes: Type.Integer({
    default: 262_144,
    minimum: 1024,
    description: 'Bytes that may wait for a slow client before it is started anew.',
  }),
  stallMs: Type.Integer({
    default: 30_000,
    minimum: 100,
    description: 'A client that reads nothing for this long is disconnected.',
  }),
  concurrentSnapshots: Type.Integer({
    default: 4,
    minimum: 1,
    description: 'Live queries read from the database at the same time.',
  }),
})
export type RealtimeConfig = Static<typeof realtimeConfig>
