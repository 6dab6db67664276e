/**
 * What time it is, for everything that ends or is due: sessions, tokens, keys, policies that ask for now. Measuring how
 * long something takes, and waiting for other machines, goes by the machine's own time.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /**
   * Calls back when the time has jumped, so that whoever waits for a moment looks again. The machine's clock never jumps;
   * the one of a test does, and waits for what is done then.
   *
   * @returns the way to hear no more of it
   */
  onJump(hear: () => void | Promise<void>): () => void
}

/** The clock of the machine. */
export const systemClock: Clock = { now: () => Date.now(), onJump: () => () => {} }
