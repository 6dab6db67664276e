import type { DeliveryState } from '@cloudbox/protocol/realtime'

/** A live query of a connection, as `GET /v1/realtime/inspect` tells it. */
export interface InspectedSubscription {
  readonly id: number
  readonly collection: string
  readonly query?: string
  readonly document?: string
  readonly group?: number
  readonly rows?: number
  readonly lookups?: readonly { readonly collection: string; readonly values?: number }[]
  readonly state: DeliveryState
}

export interface InspectedConnection {
  readonly id: string
  readonly edge: 'websocket' | 'sse'
  readonly user?: string
  readonly caller: 'secret' | 'anonymous' | 'user'
  /** ms since 1970 */
  readonly since: number
  readonly waitingBytes: number
  readonly subscriptions: readonly InspectedSubscription[]
}

export interface Inspection {
  readonly count: number
  readonly connections: readonly InspectedConnection[]
  readonly next: string | null
}

/** Who listens, for people. */
export function listenerName({ caller, user }: Pick<InspectedConnection, 'caller' | 'user'>): string {
  if (caller === 'user') return user ?? 'a user'
  return caller === 'secret' ? 'a secret key or an operator' : 'a visitor'
}

/** What a live query asks for: `cities?country=eq.NL`, `cities/0199…`. */
export function queryText({ collection, query, document }: InspectedSubscription): string {
  if (document !== undefined) return `${collection}/${document}`
  return query ? `${collection}?${decode(query)}` : collection
}

function decode(query: string): string {
  try {
    return decodeURIComponent(query.replaceAll('+', ' '))
  } catch {
    return query
  }
}

type Tone = 'plain' | 'accent' | 'green' | 'amber' | 'red'

/** Where the delivery stands, in a word. */
export function stateText({ stage, isLagging }: DeliveryState): {
  readonly text: string
  readonly tone: Tone
} {
  if (isLagging) return { text: 'reads slowly', tone: 'amber' }
  if (stage === 'live') return { text: 'live', tone: 'green' }
  return stage === 'starting' ? { text: 'starting', tone: 'accent' } : { text: 'catching up', tone: 'amber' }
}

/** How a decision about a change is shown. */
export function fateTone(fate: string): Tone {
  if (fate === 'sent') return 'green'
  return fate === 'nothing to send' || fate === 'before the snapshot' ? 'plain' : 'amber'
}
