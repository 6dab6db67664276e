import assert from 'node:assert/strict'

/** It ends a test that would hang, and decides nothing else: a busy machine may take its time. */
const patienceMs = 60_000

/** Waits for something that other parts make true. Fails when it never comes. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + patienceMs
  while (!(await isTrue())) {
    if (Date.now() > end) assert.fail(`waited in vain until ${what}`)
    await new Promise(done => setTimeout(done, 5))
  }
}
