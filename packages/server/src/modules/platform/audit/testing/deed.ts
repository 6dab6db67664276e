/** A request, and one like it that is refused. */
export interface Prepared {
  readonly path: string
  readonly body?: unknown
  readonly refused?: { readonly path?: string; readonly body?: unknown; readonly code: string }
}

export interface World {
  /** Another number each time. */
  readonly n: number
  /** Asks with the secret key, and has to be answered. */
  ask<T>(method: string, path: string, body?: unknown): Promise<T>
  /** Runs SQL in which `@name` stands for a table of the environment. */
  run<T>(text: string): Promise<T[]>
  /** Asks with the publishable key, and a user's token if given. */
  askAsUser<T>(method: string, path: string, body?: unknown, token?: string): Promise<T>
}

/** How a route is made to change something. */
export interface Deed {
  /** The route, as in the list of routes. */
  readonly on: string
  readonly action: string
  /** Makes what is needed for it. */
  prepare(world: World): Promise<Prepared>
  /** What of its answer must be in no audit. */
  secrets?(body: never): string[]
}
