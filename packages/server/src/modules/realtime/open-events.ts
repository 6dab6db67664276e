import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import type { Caller, Environment } from '../../kernel/caller.ts'
import type { Credentials } from '../../kernel/gate.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import type { Frame } from './frame.ts'

/** A request that asks for events, checked. */
export interface OpenedEvents {
  readonly id: string
  readonly environment: Environment
  readonly caller: Caller
  readonly credentials: Credentials
  readonly ip: string
  readonly userAgent: string
  readonly response: ServerResponse
  /** What the client asks, frame by frame; there is no more to come. */
  readonly frames: readonly unknown[]
}

/** Headers of a stream of events: nobody on the way may keep or collect it. */
export const eventHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  // When the stream has ended nothing more is wanted of the connection.
  connection: 'close',
}

/** How long a client may take to read the goodbye. */
const goodbyeMs = 500
/** When a client comes back after a connection that broke without a word. */
const retryMs = 1000

/** Serves one stream of server-sent events until either side ends it. */
export function openEvents(
  { id, environment, caller, credentials, ip, userAgent, response, frames }: OpenedEvents,
  options: ConnectionOptions,
): Connection {
  const { broker, stream } = options
  const writer = writerOf(response)
  let lastId = ''
  /** What is not asked yet is not whole either. */
  let isAllAsked = false
  const idAfter = ({ position }: Frame): string | undefined => {
    // Rows were taken back: a client that comes back now has to begin anew.
    if (position === 'none') return (lastId = '')
    if (position === undefined || !isAllAsked || !broker.isCursor(connection, position)) return undefined
    const id = `${stream.epoch}:${position}`
    // What the client has already is newer.
    if (lastId.startsWith(`${stream.epoch}:`) && id < lastId) return undefined
    return (lastId = id)
  }
  const connection: Connection = new Connection(
    {
      kind: 'sse',
      id,
      environment,
      caller,
      credentials,
      ip,
      userAgent,
      stream: writer,
      get isOpen() {
        return writer.writable && !response.destroyed
      },
      encode: frame => frame.event(idAfter(frame)),
      close(_code, retryAfterMs) {
        writer.end(retryAfterMs > 0 ? retryLine(retryAfterMs) : '')
        const patience = setTimeout(() => response.destroy(), goodbyeMs)
        response.once('close', () => clearTimeout(patience))
      },
      destroy: () => response.destroy(),
    },
    options,
  )
  response.on('error', () => response.destroy())
  response.once('close', () => connection.closed())
  // Who has left while the request was checked is gone without another event.
  if (response.destroyed) connection.closed()
  writer.write(retryLine(retryMs))
  void Promise.all(frames.map(frame => connection.receive(JSON.stringify(frame)))).then(() => {
    isAllAsked = true
  })
  return connection
}

const retryLine = (ms: number) => `retry: ${ms}\n\n`

/** Writes a response so that what the network has not taken counts as waiting; the chunks of one tick go together. */
function writerOf(response: ServerResponse): Writable {
  const send = (bytes: Buffer, done: () => void) => {
    if (response.destroyed) done()
    else response.write(bytes, () => done())
  }
  return new Writable({
    // Every write that waits is followed by a drain.
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => send(chunk, done),
    writev: (chunks, done) => send(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done),
    final(done) {
      response.end()
      done()
    },
  })
}
