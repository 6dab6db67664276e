import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { createLog } from '../../../kernel/log.ts'
import { Vault } from '../../../kernel/vault.ts'
import { Drains } from './drains.ts'

const environment = { id: 'e1', project: 'shop', name: 'live' } as Environment
const row = {
  drain: JSON.stringify({ id: 'd1', environmentId: 'e1', name: 'Ops', kind: 'webhook', requests: 'all' }),
  sealed: '',
}

test('of two loads at once the later one counts, however long the first takes', async () => {
  const answers: ((rows: (typeof row)[]) => void)[] = []
  const query = () => new Promise<(typeof row)[]>(resolve => answers.push(resolve))
  const drains = new Drains({
    db: { query } as unknown as Database,
    vault: new Vault(randomBytes(32)),
    log: createLog('silent', () => {}),
    environments: () => [environment],
  })
  const turn = () => new Promise(resolve => setImmediate(resolve))
  const first = drains.load()
  const second = drains.load()
  await turn()
  // The second reads after the drain was removed; where both are under way at once it is answered first.
  answers[1]?.([])
  await turn()
  answers[0]!([row])
  await first
  await turn()
  answers[1]?.([])
  await second
  assert.deepEqual(drains.states(), {})
})
