import type { Peers } from '../../kernel/peers.ts'
import type { DeliveryState, Explanation } from '@cloudbox/protocol/realtime'
import type { Broker } from './broker.ts'
import type { Connection } from './connection.ts'
import type { KeptSet } from './kept-set.ts'
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
  /** What its policy looks up in other collections; without `values` while that is being read. */
  readonly lookups?: readonly { readonly collection: string; readonly values?: number }[]
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

/** Which subscription. */
interface Place {
  readonly environmentId: string
  readonly connection: string
  readonly subscription: number
}

/** What the operator may ask. Every process is asked; one that does not answer in time is left out. */
export interface Inspector {
  /** Connections of an environment, by id. */
  connections(environmentId: string): Promise<readonly InspectedConnection[]>
  /** Everything about one subscription; undefined when there is none. */
  explain(place: Place): Promise<Explanation | undefined>
}

const connectionsQuestion = 'realtime.connections'
const explainQuestion = 'realtime.explain'

/** Answers about the connections of this process, and asks all about theirs. */
export function createInspector(peers: Peers, open: ReadonlySet<Connection>, broker: Broker): Inspector {
  const of = (environmentId: string) =>
    [...open].filter(({ environment }) => environment.id === environmentId)
  peers.answer(connectionsQuestion, (environmentId: string) =>
    of(environmentId).map(connection => inspect(connection, broker)),
  )
  peers.answer(explainQuestion, async ({ environmentId, connection, subscription }: Place) => {
    const found = of(environmentId).find(({ edge }) => edge.id === connection)
    return (found && (await broker.explain(found, subscription, true))) ?? null
  })
  return {
    async connections(environmentId) {
      const all = await peers.ask<InspectedConnection[]>(connectionsQuestion, environmentId)
      return all.flat().sort((a, b) => (a.id < b.id ? -1 : 1))
    },
    async explain(place) {
      const all = await peers.ask<Explanation | null>(explainQuestion, place)
      return all.find(found => found !== null) ?? undefined
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
        ...(group !== undefined && group.sets.length > 0 && { lookups: group.sets.map(inspectSet) }),
        state: stateOf(subscription, position),
      }
    }),
  }
}

function inspectSet({ source, isKnown, size }: KeptSet) {
  return { collection: source.collection.name, ...(isKnown && { values: size }) }
}
