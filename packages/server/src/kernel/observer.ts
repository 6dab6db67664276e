import { AsyncLocalStorage } from 'node:async_hooks'
import type { Caller, Environment } from './caller.ts'
import { Observation, type Operation, type OperationKind } from './observation.ts'

/** Hears of everything that was done, when it is done; must be quick and must not throw. */
export type HearObservation = (observation: Observation) => void

/** What is under way here; statements are counted for it. */
const underWay = new AsyncLocalStorage<Observation>()

/** The observation that whoever calls works for. */
export function currentObservation(): Observation | undefined {
  return underWay.getStore()
}

/** Somebody who is connected, for those who count people; whoever hears of him keeps nothing of it. */
export interface Presence {
  readonly environment: Environment
  readonly caller: Caller
  readonly ip: string
  readonly userAgent: string
}

/** A level at this moment: of an environment, or of the process where there is none. */
export interface Level {
  readonly name: string
  readonly environmentId?: string
  readonly value: number
}

/** What is told of something that took its time elsewhere. */
export interface Told {
  readonly environment: Environment | undefined
  readonly durationMs: number
  /** How many alike it stands for. */
  readonly times: number
  /** The transaction whose commit is told. */
  readonly commit?: bigint
}

/**
 * Where everything that is done is told. Nobody has to listen: as long as nobody does, nothing is recorded.
 */
export class Observer {
  readonly #hearers = new Set<HearObservation>()
  readonly #operations = new Map<string, Operation>()
  readonly #byIndex: Operation[] = []
  readonly #meters: (() => Iterable<Level>)[] = []
  readonly #greeters = new Set<(presence: Presence) => void>()
  readonly #presences: (() => Iterable<Presence>)[] = []
  #tracers = 0

  /** Whether anybody listens. */
  get isOn(): boolean {
    return this.#hearers.size > 0
  }

  /** Hears of everything from now on; returns the way to stop. */
  hear(hear: HearObservation): () => void {
    this.#hearers.add(hear)
    return () => this.#hearers.delete(hear)
  }

  /** Whether anybody wants to know the steps of requests. */
  get traces(): boolean {
    return this.#tracers > 0
  }

  /** Hears of everything with its steps from now on; returns the way to stop. */
  trace(hear: HearObservation): () => void {
    const stop = this.hear(hear)
    this.#tracers++
    return () => {
      this.#tracers--
      stop()
    }
  }

  /** The operation of this name. */
  operation(kind: OperationKind, name: string): Operation {
    const key = `${kind} ${name}`
    let operation = this.#operations.get(key)
    if (operation === undefined) {
      operation = { index: this.#byIndex.length, kind, name }
      this.#operations.set(key, operation)
      this.#byIndex.push(operation)
    }
    return operation
  }

  /** The operation with this index. */
  operationAt(index: number): Operation {
    return this.#byIndex[index]!
  }

  /** Does something whose statements are counted for an observation, also those it sends later. */
  within<T>(observation: Observation, work: () => T): T {
    return underWay.run(observation, work)
  }

  /** It is done: tells everybody. */
  done(observation: Observation): void {
    for (const hear of this.#hearers) hear(observation)
  }

  /** Something that took its time elsewhere was done. */
  tell(operation: Operation, told: Told): void {
    if (!this.isOn) return
    const observation = new Observation(operation)
    Object.assign(observation, told)
    observation.status = 200
    this.done(observation)
  }

  /** Somebody who can tell levels when asked. */
  meter(read: () => Iterable<Level>): void {
    this.#meters.push(read)
  }

  /** All levels, as of now. */
  *levels(): Iterable<Level> {
    for (const read of this.#meters) yield* read()
  }

  /** Hears of everybody who connects from now on; returns the way to stop. */
  hearPresence(hear: (presence: Presence) => void): () => void {
    this.#greeters.add(hear)
    return () => this.#greeters.delete(hear)
  }

  /** Somebody has connected, or has told who he is. */
  meets(presence: Presence): void {
    for (const hear of this.#greeters) hear(presence)
  }

  /** Somebody who can tell who is connected. */
  presence(read: () => Iterable<Presence>): void {
    this.#presences.push(read)
  }

  /** Everybody who is connected now. */
  *present(): Iterable<Presence> {
    for (const read of this.#presences) yield* read()
  }
}
