/** Ctrl-C in a terminal arrives twice when npm hands it on to a program that got it already. */
const sameWishMs = 1000

export interface WishToStop {
  readonly isStopping: boolean
  /** Resolves to the exit code when somebody wants this program to stop. */
  readonly stop: Promise<number>
  /** Lets signals do what they do without us. */
  forget(): void
}

/** Hears Ctrl-C, SIGTERM and the end of the terminal. A second Ctrl-C means: now. */
export function wishToStop(): WishToStop {
  let sinceMs: number | undefined
  const { promise: stop, resolve } = Promise.withResolvers<number>()
  const hear = () => {
    if (sinceMs !== undefined && performance.now() - sinceMs > sameWishMs) process.exit(1)
    sinceMs ??= performance.now()
    resolve(0)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, hear)
  return {
    get isStopping() {
      return sinceMs !== undefined
    },
    stop,
    forget: () => {
      for (const name of signals) process.off(name, hear)
    },
  }
}
