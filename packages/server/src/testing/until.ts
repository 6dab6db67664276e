import assert from 'node:assert/strict'

/** Waits for something that other parts make true. Fails after ten seconds. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 10_000
  while (!(await isTrue())) {
    if (Date.now() > end) assert.fail(`waited in vain until ${what}`)
    await new Promise(done => setTimeout(done, 5))
  }
}
