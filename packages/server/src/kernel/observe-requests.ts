import type { Socket } from 'node:net'
import { Observation, type Operation } from './observation.ts'
import type { Observer } from './observer.ts'
import type { Problem } from './problem.ts'
import { Trace } from './trace.ts'

/** What of a request is looked at. */
export interface ObservedRequest {
  readonly id: string
  readonly method: string
  readonly url: string
  /** The caller's network address. */
  readonly ip: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
  /** What is being told of it; undefined where nobody listens, or all is told. */
  observation: Observation | undefined
}

interface Answer {
  readonly statusCode: number
  getHeader(name: 'content-length'): unknown
}

interface StreamedAnswer extends Answer {
  readonly raw: { readonly socket: Socket | null; once(event: 'close', hear: () => void): unknown }
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** Makes an observation of every request. */
export class RequestObserver {
  readonly #observer: Observer

  constructor(observer: Observer) {
    this.#observer = observer
  }

  operation(method: string, path: string): Operation {
    return this.#observer.operation('request', `${method} ${path}`)
  }

  /** A request whose body has arrived is handled by `work`. */
  handle<T>(request: ObservedRequest, operation: Operation, work: () => T): T {
    if (!this.#observer.isOn) return work()
    return this.#observer.within(this.#begin(request, operation), work)
  }

  /** It was answered with a text or with nothing. */
  answered(request: ObservedRequest, reply: Answer, commit?: string): void {
    const { observation } = request
    if (observation === undefined) return
    if (commit !== undefined && observation.trace !== undefined) observation.commit = BigInt(commit)
    // The library has just counted the bytes.
    const bytes = request.method === 'HEAD' ? 0 : Number(reply.getHeader('content-length') ?? 0)
    this.#end(request, observation, reply.statusCode, bytes)
  }

  /** It is being answered piece by piece: done when the last has gone, or the connection. */
  streams(request: ObservedRequest, reply: StreamedAnswer): void {
    const { observation } = request
    if (observation === undefined) return
    const { socket } = reply.raw
    const before = socket?.bytesWritten ?? 0
    reply.raw.once('close', () => {
      // Told as refused already when it broke before the first piece.
      if (request.observation === observation)
        this.#end(request, observation, reply.statusCode, (socket?.bytesWritten ?? before) - before)
    })
  }

  /** It was answered with a problem, perhaps before anybody could handle it. */
  refused(request: ObservedRequest, operation: Operation | undefined, problem: Problem): void {
    if (!this.#observer.isOn || request.method === 'OPTIONS') return
    const observation = request.observation ?? this.#begin(request, operation ?? this.#nowhere(request))
    observation.code = problem.code
    this.#end(request, observation, problem.kind.status, 0)
  }

  /** Nothing answers there. */
  #nowhere({ method }: ObservedRequest): Operation {
    return this.operation(methods.has(method) ? method : 'OTHER', '*')
  }

  #begin(request: ObservedRequest, operation: Operation): Observation {
    const observation = new Observation(operation)
    request.observation = observation
    observation.url = request.url
    observation.requestId = request.id
    const { body, headers } = request
    observation.ip = request.ip ?? ''
    observation.userAgent = headers['user-agent']?.toString() ?? ''
    if (this.#observer.traces) observation.trace = new Trace(textOf(headers['traceparent']))
    if (body !== undefined)
      observation.bytesIn = Number(headers['content-length'] ?? (typeof body === 'string' ? body.length : 0))
    return observation
  }

  #end(request: ObservedRequest, observation: Observation, status: number, bytesOut: number): void {
    request.observation = undefined
    observation.status = status
    observation.bytesOut = bytesOut
    observation.durationMs = performance.now() - observation.startedAtMs
    this.#observer.done(observation)
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
