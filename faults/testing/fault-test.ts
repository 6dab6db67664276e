import { randomInt } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { createRandom, type Random } from './random.ts'

/** How many times the usual number of faults: `FAULT_ROUNDS=10 npm test -- faults` runs long. */
export const rounds = Math.max(1, Number(process.env['FAULT_ROUNDS'] ?? 1))

const seed = Number(process.env['FAULT_SEED'] ?? randomInt(2 ** 31))

/** Ends a test that hangs. On a machine with much else to do the longest took more than five minutes. */
const patienceMs = 480_000

/** A test whose faults come from a seed, which is told when it fails: `FAULT_SEED=… npm test -- faults` plays it again. */
export function faultTest(name: string, play: (t: TestContext, random: Random) => Promise<void>): void {
  test(name, { timeout: patienceMs * rounds }, async t => {
    try {
      await play(t, createRandom(seed))
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`FAULT_SEED=${seed}: ${said}`, { cause })
    }
  })
}
