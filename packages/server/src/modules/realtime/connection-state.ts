import { coalesceBounds, realtimeProblems, realtimeVersion, type Cursor } from '@cloudbox/protocol/realtime'
import { Problem } from '../../kernel/problem.ts'
import type { LiveRequest } from '../data/module.ts'
import type { SubscribeOptions } from './broker.ts'

/** What a client's frame asks the connection to do. */
export type Action =
  | { readonly do: 'greet'; readonly token: string | undefined }
  | {
      readonly do: 'subscribe'
      readonly id: number
      readonly request: LiveRequest
      readonly how: SubscribeOptions
    }
  | { readonly do: 'await'; readonly commit: string }
  | { readonly do: 'unsubscribe'; readonly id: number }
  | { readonly do: 'authenticate'; readonly token: string | null }
  | { readonly do: 'explain'; readonly id: number }
  | { readonly do: 'sync' }
  /** `id` is missing when it concerns the connection. */
  | { readonly do: 'refuse'; readonly id?: number; readonly problem: Problem }
  | { readonly do: 'end'; readonly code: string }

/** The subscriptions of a connection. */
export interface Subscriptions {
  readonly count: number
  has(id: number): boolean
}

/** Largest frame a client may send, in characters. */
const mostCharacters = 65_536
/** This many frames nobody understands end the connection. */
const mostMistakes = 10

/** Reads a client's frames: what is allowed when. Knows neither socket nor clock. */
export class ConnectionState {
  readonly #mostSubscriptions: number
  /** The client has said hello. */
  isGreeted = false
  #mistakes = 0

  constructor(mostSubscriptions: number) {
    this.#mostSubscriptions = mostSubscriptions
  }

  /** What to do about one frame, in order. */
  read(text: string, subscriptions: Subscriptions): Action[] {
    try {
      const frame = parse(text)
      if (!this.isGreeted) return this.#greet(frame)
      return [this.#act(frame, subscriptions)]
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error
      const problem = new Problem(realtimeProblems['bad-frame'], error.message)
      const refusal: Action = { do: 'refuse', ...(error.id === undefined ? {} : { id: error.id }), problem }
      return ++this.#mistakes < mostMistakes ? [refusal] : [refusal, { do: 'end', code: problem.code }]
    }
  }

  #greet(frame: Fields): Action[] {
    if (frame.t !== 'hello') {
      const problem = new Problem(realtimeProblems['hello-needed'], 'The first frame has to be hello.')
      return [
        { do: 'refuse', problem },
        { do: 'end', code: problem.code },
      ]
    }
    if (frame.v !== realtimeVersion) {
      const detail = `This server speaks version ${realtimeVersion} of the protocol.`
      const problem = new Problem(realtimeProblems['bad-frame'], detail)
      return [
        { do: 'refuse', problem },
        { do: 'end', code: problem.code },
      ]
    }
    this.isGreeted = true
    return [{ do: 'greet', token: frame.token === undefined ? undefined : textOf(frame, 'token', 10_000) }]
  }

  #act(frame: Fields, subscriptions: Subscriptions): Action {
    switch (frame.t) {
      case 'sub':
        return this.#subscribe(frame, subscriptions)
      case 'unsub':
        return { do: 'unsubscribe', id: idOf(frame) }
      case 'auth':
        return { do: 'authenticate', token: frame.token === null ? null : textOf(frame, 'token', 10_000) }
      case 'await':
        return { do: 'await', commit: textOf(frame, 'commit', 40) }
      case 'explain': {
        const id = idOf(frame)
        if (!subscriptions.has(id)) throw new BadFrame(`There is no subscription ${id}.`, id)
        return { do: 'explain', id }
      }
      case 'ping':
        return { do: 'sync' }
      default:
        throw new BadFrame(`There is no frame ${JSON.stringify(frame.t)} that could follow hello.`)
    }
  }

  #subscribe(frame: Fields, subscriptions: Subscriptions): Action {
    const id = idOf(frame)
    if (subscriptions.has(id)) throw new BadFrame(`There is a subscription ${id} already.`, id)
    if (subscriptions.count >= this.#mostSubscriptions) {
      const detail = `One connection may have ${this.#mostSubscriptions} subscriptions.`
      return { do: 'refuse', id, problem: new Problem(realtimeProblems['too-many-subscriptions'], detail) }
    }
    if (frame.q !== undefined && frame.doc !== undefined)
      throw new BadFrame('A sub names a query (q) or a document (doc), not both.', id)
    const collection = textOf(frame, 'coll', 60, id)
    const request: LiveRequest =
      frame.doc === undefined
        ? { collection, queryText: frame.q === undefined ? '' : textOf(frame, 'q', 20_000, id) }
        : { collection, documentId: textOf(frame, 'doc', 200, id) }
    return { do: 'subscribe', id, request, how: howOf(frame, id) }
  }
}

type Fields = Readonly<Record<string, unknown>>

class BadFrame extends Error {
  readonly id: number | undefined

  constructor(message: string, id?: number) {
    super(message)
    this.id = id
  }
}

function parse(text: string): Fields {
  if (text.length > mostCharacters) throw new BadFrame(`A frame has at most ${mostCharacters} characters.`)
  try {
    const frame: unknown = JSON.parse(text)
    if (typeof frame === 'object' && frame !== null && !Array.isArray(frame)) return frame as Fields
  } catch {
    throw new BadFrame('A frame is a JSON object; this is not valid JSON.')
  }
  throw new BadFrame('A frame is a JSON object.')
}

function idOf({ id }: Fields): number {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id
  throw new BadFrame('id has to be a whole number, zero or more.')
}

function textOf(frame: Fields, name: string, most: number, id?: number): string {
  const text = frame[name]
  if (typeof text === 'string' && text.length <= most) return text
  throw new BadFrame(`${name} has to be a text of at most ${most} characters.`, id)
}

function howOf(frame: Fields, id: number): SubscribeOptions {
  const since = cursorOf(frame.since, id)
  const { coalesce: ms, mode = 'rows' } = frame
  const { min, max } = coalesceBounds
  if (ms !== undefined && !(Number.isInteger(ms) && (ms as number) >= min && (ms as number) <= max))
    throw new BadFrame(`coalesce has to be a whole number of milliseconds from ${min} to ${max}.`, id)
  if (mode !== 'rows' && mode !== 'lossless') throw new BadFrame('mode is rows or lossless.', id)
  return {
    ...(since === undefined ? {} : { since }),
    ...(ms === undefined ? {} : { coalesceMs: ms as number }),
    ...(mode === 'lossless' ? { isLossless: true } : {}),
  }
}

function cursorOf(since: unknown, id: number): Cursor | undefined {
  if (since === undefined || since === null) return undefined
  const { epoch, lsn } = since as Fields
  if (typeof epoch === 'string' && typeof lsn === 'string' && /^[0-9a-f]{16}$/.test(lsn))
    return { epoch, lsn }
  throw new BadFrame('since has to be a cursor: { epoch, lsn }.', id)
}
