import { setTimeout as sleep } from 'node:timers/promises'

export interface Memory {
  readonly rssBytes: number
  /** JavaScript's own, and buffers outside of it. */
  readonly usedBytes: number
}

/** What this process holds once what nobody needs has been collected; Node was started with `--expose-gc`. */
export async function memoryAfterCollection(): Promise<Memory> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc!()
    await sleep(100)
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rssBytes: rss, usedBytes: heapUsed + external }
}
