import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { UsageAudit } from '@cloudbox/protocol/usage'
import { sql } from '@cloudbox/server/kernel/sql'
import { setUpOwner } from '@cloudbox/server/testing/management'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { cloudbox } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
await setUpOwner(server)
const box = cloudbox({ after }, server.url)
await box.signIn()

test('what is stored is looked at, and what was found is told without being shown', async () => {
  const clean = await box('analytics audit')
  assert.equal(clean.code, 0, clean.stderr)
  assert.match(clean.stdout, /^monitoring_requests +\d+ +17$/m)
  assert.match(clean.stdout, /^usage_people +\d+ +8$/m)
  assert.match(clean.stdout, /✓ No address of a mail or of a machine in [\d,]+ rows\./)

  await server.db.query(sql`
    insert into cloudbox.monitoring_markers (at, kind, title, subject)
    values (now(), 'schema', 'collection.created', 'for ada@example.org'), (now(), 'schema', '::1', '192.0.2.1')`)
  const found = await box('analytics audit')
  assert.equal(found.code, 1)
  assert.match(
    found.stdout,
    /✗ .*\n {2}monitoring_markers\.subject has addresses of mails in 1 row, such as a…@….org\n/,
  )
  assert.match(found.stdout, /monitoring_markers\.title has network addresses \(IPv6\) in 1 row/)
  assert.doesNotMatch(found.stdout, /example|192\.0/)

  const told = await box('analytics audit --json')
  assert.equal(told.code, 1)
  assert.deepEqual(
    told
      .json<UsageAudit>()
      .found.map(({ column, kind }) => `${column} ${kind}`)
      .sort(),
    ['subject email', 'subject ipv4', 'title ipv6'],
  )
})
