import type { DeliveryState, Explanation } from '@cloudbox/protocol/realtime'
import type { Broker } from './broker.ts'
import type { Connection } from './connection.ts'
import { stateOf } from './explain.ts'

/** A live query, as the operator sees it. */
interface InspectedSubscription {
  readonly id: number
  readonly collection: string
  readonly query?: string
  readonly document?: string
  /** Subscriptions with the same number ask the same and share all work. */
  readonly group?: number
  /** Documents of a window that are shown. */
  readonly rows?: number
  readonly state: DeliveryState
}

/** A connection, as the operator sees it. */
export interface InspectedConnection {
  readonly id: string
  readonly edge: 'websocket' | 'sse'
  /** Who speaks: a user's id, or the kind of caller. */
  readonly user?: string
  readonly caller: 'secret' | 'anonymous' | 'user'
  /** When it was opened, ms since 1970. */
  readonly since: number
  readonly waitingBytes: number
  readonly subscriptions: readonly InspectedSubscription[]
}

/** What can be asked of one process; a question to several is the same question to each. */
export interface Inspector {
  /** Connections of an environment, by id. */
  connections(environmentId: string): readonly InspectedConnection[]
  /** Everything about one subscription; undefined when it is not here. */
  explain(environmentId: string, connection: string, subscription: number): Promise<Explanation | undefined>
}

/** Answers about the connections of this process. */
export function inspectHere(open: ReadonlySet<Connection>, broker: Broker): Inspector {
  const of = (environmentId: string) =>
    [...open].filter(({ environment }) => environment.id === environmentId)
  return {
    connections: environmentId =>
      of(environmentId)
        .map(connection => inspect(connection, broker))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    async explain(environmentId, id, subscription) {
      const connection = of(environmentId).find(({ edge }) => edge.id === id)
      return connection && broker.explain(connection, subscription, true)
    },
  }
}

function inspect(connection: Connection, broker: Broker): InspectedConnection {
  const { edge, caller, openedAtMs, waitingBytes } = connection
  const position = broker.position(connection)
  return {
    id: edge.id,
    edge: edge.kind,
    caller: caller.kind,
    ...(caller.kind === 'user' && { user: caller.uid }),
    since: openedAtMs,
    waitingBytes,
    subscriptions: broker.subscriptions(connection).map(subscription => {
      const { id, request, group } = subscription
      return {
        id,
        collection: request.collection,
        ...(request.documentId === undefined
          ? { query: request.queryText ?? '' }
          : { document: request.documentId }),
        ...(group !== undefined && { group: group.number }),
        ...(group?.window !== undefined && { rows: group.window.shown.length }),
        state: stateOf(subscription, position),
      }
    }),
  }
}
