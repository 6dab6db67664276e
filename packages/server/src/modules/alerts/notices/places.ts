export interface Sender {
  readonly environmentId: string
  readonly channelId: string
}

/** Sent at the same time, of all and of an environment. */
const mostOfAll = 400
export const mostOfEnvironment = 8
/** Over a channel: so that one that is slow leaves room for the others. */
export const mostOfChannel = 2

/** What is being sent. Receivers that are slow fill the places of their own environment, and nobody else's. */
export class Places {
  readonly #environments = new Map<string, number>()
  readonly #channels = new Map<string, number>()
  #taken = 0

  get free(): number {
    return mostOfAll - this.#taken
  }

  /** How many are taken of whom, as JSON. */
  get ofEnvironments(): string {
    return JSON.stringify(Object.fromEntries(this.#environments))
  }

  get ofChannels(): string {
    return JSON.stringify(Object.fromEntries(this.#channels))
  }

  take({ environmentId, channelId }: Sender): void {
    this.#taken++
    add(this.#environments, environmentId, 1)
    add(this.#channels, channelId, 1)
  }

  leave({ environmentId, channelId }: Sender): void {
    this.#taken--
    add(this.#environments, environmentId, -1)
    add(this.#channels, channelId, -1)
  }
}

function add(counts: Map<string, number>, id: string, by: number): void {
  const count = (counts.get(id) ?? 0) + by
  if (count === 0) counts.delete(id)
  else counts.set(id, count)
}
