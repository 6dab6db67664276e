import type { TestContext } from 'node:test'
import { createClient, type Client } from '@cloudbox/client'
import { everything } from './queries.ts'
import type { Random } from './random.ts'
import type { ServerProcess } from './server-process.ts'
import { Writer } from './writers.ts'

/** Somebody who writes and watches while others misbehave, and must not notice. */
export interface Bystander {
  readonly box: Client
  /** Writes, and waits until it has been seen. */
  goOn(writes?: number): Promise<void>
}

export function startBystander(t: TestContext, server: ServerProcess, random: Random): Bystander {
  const box = createClient(server.environmentUrl, server.secretKey)
  t.after(() => box.close())
  const writer = new Writer(t, 0, box, random)
  const witness = everything.watch(box, [writer])
  return {
    box,
    async goOn(writes = 3) {
      for (let count = 0; count < writes; count++) await writer.write()
      const { acknowledged } = writer
      await witness.until(rows => writer.checkMoment(rows) >= acknowledged, `write ${acknowledged}`)
    },
  }
}
