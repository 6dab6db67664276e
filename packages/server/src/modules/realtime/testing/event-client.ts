import type { ClientFrame, ServerFrame } from '@cloudbox/protocol/realtime'
import { until } from '../../../testing/until.ts'

/** One event as it came, and what a client would resume with after it. */
export interface HeardEvent {
  readonly frame: ServerFrame
  readonly lastId: string
}

/** Reads a stream of server-sent events as the standard says, and keeps what it hears. */
export class EventClient {
  readonly events: HeardEvent[] = []
  readonly headers: Headers
  lastId: string
  retryMs: number | undefined
  isEnded = false
  readonly #abort: AbortController

  constructor(response: Response, abort: AbortController, lastId: string) {
    this.headers = response.headers
    this.lastId = lastId
    this.#abort = abort
    void this.#read(response.body!)
      .catch(() => {})
      .finally(() => {
        this.isEnded = true
      })
  }

  get frames(): ServerFrame[] {
    return this.events.map(({ frame }) => frame)
  }

  /** The first event of that kind, also one that comes later. */
  async event<T extends ServerFrame['t']>(
    kind: T,
    isIt: (frame: Extract<ServerFrame, { t: T }>) => boolean = () => true,
  ): Promise<HeardEvent & { readonly frame: Extract<ServerFrame, { t: T }> }> {
    const find = () =>
      this.events.find(({ frame }) => frame.t === kind && isIt(frame as Extract<ServerFrame, { t: T }>))
    await until(
      () => find() !== undefined,
      `an event ${kind} comes; there were ${JSON.stringify(this.frames)}`,
    )
    return find() as HeardEvent & { readonly frame: Extract<ServerFrame, { t: T }> }
  }

  close(): void {
    this.#abort.abort()
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let data: string[] = []
    let id = this.lastId
    for await (const line of linesOf(body)) {
      if (line === '') {
        this.lastId = id
        if (data.length > 0)
          this.events.push({ frame: JSON.parse(data.join('\n')) as ServerFrame, lastId: id })
        data = []
        continue
      }
      const [, name, value = ''] = /^([a-z]+)(?:: ?(.*))?$/.exec(line)!
      if (name === 'data') data.push(value)
      else if (name === 'id') id = value
      else if (name === 'retry') this.retryMs = Number(value)
    }
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    yield* lines
  }
}

/** Asks for one live query, as an EventSource does. */
export function askEvents(
  environmentUrl: string,
  query: Readonly<Record<string, string>>,
  lastId = '',
): Promise<EventClient | Response> {
  const headers = lastId === '' ? {} : { 'last-event-id': lastId }
  return open(`${environmentUrl}/v1/realtime/events?${new URLSearchParams(query)}`, { headers }, lastId)
}

/** Asks with frames. What is refused is answered as it came. */
export function postFrames(
  environmentUrl: string,
  key: string,
  frames: readonly ClientFrame[],
  headers: Readonly<Record<string, string>> = {},
): Promise<EventClient | Response> {
  return open(
    `${environmentUrl}/v1/realtime/events`,
    {
      method: 'POST',
      headers: { apikey: key, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ frames }),
    },
    headers['last-event-id'] ?? '',
  )
}

async function open(url: string, init: RequestInit, lastId: string): Promise<EventClient | Response> {
  const abort = new AbortController()
  const response = await fetch(url, { ...init, signal: abort.signal })
  return response.ok ? new EventClient(response, abort, lastId) : response
}
