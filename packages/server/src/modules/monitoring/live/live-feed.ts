import type { ServerResponse } from 'node:http'
import type { LiveWindow } from '@cloudbox/protocol/monitoring'
import type { Operation } from '../../../kernel/observation.ts'
import { windowMs } from '../counting/recorder.ts'
import { Counted, isSetBack, nowhere, type CountedWindow } from '../counting/window.ts'
import { OperationsSum, totalOf } from '../reading/operations.ts'
import { levelAt, rounded, valueAt, type Point } from '../reading/points.ts'

interface Listener {
  readonly response: ServerResponse
  /** Throws unless whoever listens still may. */
  recheck(): Promise<void>
}

/** Tells every finished window to those who listen; each is written once for all of an environment. */
export class LiveFeed {
  readonly #operationAt: (index: number) => Operation
  readonly #listeners = new Map<string, Set<Listener>>()
  #newest: CountedWindow | undefined

  constructor(operationAt: (index: number) => Operation) {
    this.#operationAt = operationAt
  }

  /** Windows have ended; the oldest comes first. */
  async tell(windows: readonly CountedWindow[]): Promise<void> {
    if (this.#newest !== undefined && isSetBack(this.#newest.at, windows)) this.#newest = undefined
    for (const window of windows) await this.#tellOne(window)
  }

  async #tellOne(window: CountedWindow): Promise<void> {
    // One that was late is of no use to those who look at the present.
    if (this.#newest !== undefined && window.at <= this.#newest.at) return
    this.#newest = window
    for (const [environmentId, listeners] of this.#listeners) {
      const event = this.#event(window, environmentId)
      await Promise.all([...listeners].map(listener => send(listener, event)))
    }
  }

  /** Tells the newest window, and every one that comes, until either side ends it. */
  open(environmentId: string, response: ServerResponse, recheck: () => Promise<void>): void {
    const listener: Listener = { response, recheck }
    const listeners = this.#listeners.get(environmentId) ?? new Set()
    this.#listeners.set(environmentId, listeners.add(listener))
    const leave = () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(environmentId) === listeners)
        this.#listeners.delete(environmentId)
    }
    response.on('error', () => response.destroy())
    response.once('close', leave)
    if (response.destroyed) return leave()
    response.write('retry: 2000\n\n')
    if (this.#newest !== undefined) response.write(this.#event(this.#newest, environmentId))
  }

  close(): void {
    for (const listeners of this.#listeners.values()) for (const { response } of listeners) response.end()
  }

  #event(window: CountedWindow, environmentId: string): string {
    const told = toLiveWindow(window, environmentId, this.#operationAt)
    return `event: window\nid: ${window.at}\ndata: ${JSON.stringify(told)}\n\n`
  }
}

/** More than this unread, and whoever listens has to come back. */
const mostWaitingBytes = 262_144

async function send({ response, recheck }: Listener, event: string): Promise<void> {
  try {
    await recheck()
  } catch {
    response.end()
    return
  }
  if (response.writableLength > mostWaitingBytes) response.destroy()
  else response.write(event)
}

function toLiveWindow(
  { at, environments }: CountedWindow,
  environmentId: string,
  operationAt: (index: number) => Operation,
): LiveWindow {
  const counted = environments.get(environmentId) ?? new Counted()
  const requests = totalOf([counted], operationAt, 'request')
  const deliveries = totalOf([counted], operationAt, 'delivery')
  const operations = new OperationsSum(operationAt)
  operations.add(counted)
  const levels = new Counted()
  levels.joinLevels(counted)
  levels.joinLevels(environments.get(nowhere) ?? new Counted())
  const percentiles = (point: Point) => ({
    p50: valueAt('p50', point),
    p95: valueAt('p95', point),
    p99: valueAt('p99', point),
  })
  return {
    at,
    step: windowMs,
    requests: {
      count: requests.all.count,
      errors: requests.errors,
      refused: requests.refused,
      ...percentiles(requests),
      database: rounded(requests.all.databaseUs / 1000),
      bytesIn: requests.all.bytesIn,
      bytesOut: requests.all.bytesOut,
    },
    deliveries: { count: deliveries.all.count, ...percentiles(deliveries) },
    operations: operations.all(),
    levels: Object.fromEntries([...levels.levels].map(([name, level]) => [name, levelAt(name, level) ?? 0])),
  }
}
