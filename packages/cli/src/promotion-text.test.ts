import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Promotion } from '@cloudbox/protocol/platform-replies'
import { promotionText } from './promotion-text.ts'
import { widthOf } from './terminal/text.ts'

const plain = { paint: (_style: string, text: string) => text }
const policy =
  'doc.owner == auth.uid && doc.team in auth.claims.teams && doc.state != "secret" || public("x")'
const promotion: Promotion = {
  id: '0f3c9a1e-0000-4000-8000-000000000000',
  source: 'staging',
  state: 'proposed',
  plan: {
    steps: [
      { kind: 'create-collection', sentence: 'Create collection tags with name.', isDestructive: false },
      {
        kind: 'change-field',
        sentence: `Change field state of notes: type text becomes select, options unset becomes ["open","closed","forgotten"]; its old values move to the trash.`,
        isDestructive: true,
      },
      {
        kind: 'change-policy',
        sentence: 'Change the policy for list of notes.',
        isDestructive: false,
        before: 'public("test")\u001B[2J',
        after: policy,
      },
    ],
    versions: {},
    settings: [{ at: '/mails/reset/subject', before: 'x'.repeat(200), after: { en: 'y'.repeat(200) } }],
    settingsVersion: 1,
    variables: [
      { name: 'REGION', after: 'eu' },
      { name: 'OLD', before: 'a' },
    ],
    missingSecrets: ['STRIPE_KEY'],
  },
  rehearsal: {
    steps: [
      { sentence: '', locks: [], isRewrite: false, rows: 0, ms: 0.4 },
      {
        sentence: '',
        locks: [
          { collection: 'notes', mode: 'AccessExclusiveLock' },
          { collection: 'authors', mode: 'ShareRowExclusiveLock' },
          { collection: 'teams', mode: 'RowShareLock' },
        ],
        isRewrite: true,
        rows: 171_000,
        ms: 2345.6,
      },
    ],
    failure: { detail: 'Step 3 (Change the policy): it does not compile.', hint: 'Mend it.' },
  },
  proposedBy: 'ada@example.com',
  proposedAt: '2026-11-29T16:00:00.000Z',
  appliedBy: null,
  appliedAt: null,
  undoneBy: null,
  undoneAt: null,
}

test('a plan fits 80 columns, paints nothing of others, and marks what is destructive', () => {
  const text = promotionText({ ...plain, width: 80 }, promotion, 'shop/production')
  for (const line of text.split('\n')) assert.ok(widthOf(line) <= 80, line)
  assert.ok(!text.includes('\u001B'))
  const marked = text.split('\n').filter(line => /^ {2}! \d/.test(line))
  assert.deepEqual(
    marked.map(line => /\d/.exec(line)![0]),
    ['2'],
  )
  assert.match(text, /locks nothing · 0 documents · 0\.4 ms/)
  assert.match(
    text,
    /locks notes · locks writes of authors · rewrites the table · 171,000\n? *documents · 2\.3 s/,
  )
  assert.match(text, /\+ doc\.owner == auth\.uid .*…/)
  assert.match(text, /OLD {2}a → unset/)
  assert.match(text, /stopped here/)
  assert.match(text, /✗ Step 3 \(Change the policy\): it does not compile\. Mend it\./)
})

test('in a pipe nothing of it is cut', () => {
  const text = promotionText({ ...plain, width: undefined }, promotion, 'shop/production')
  for (const whole of [policy, 'x'.repeat(200), 'y'.repeat(200)]) assert.ok(text.includes(whole), whole)
})
