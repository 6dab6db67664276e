import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareItems, leftOut, parityOf } from './compare.ts'
import { accountItems, collectionItems, serverItems, variableItems } from './items.ts'
import { parityText } from './parity-text.ts'

const plain = { paint: (_style: string, text: string) => text }

test('what means the same is the same, whatever way it is written', () => {
  const one = collectionItems([
    {
      name: 'todos',
      fields: { title: { type: 'text', required: false, default: { b: 1, a: 2 } } },
      indexes: [{ fields: ['title'], kind: 'btree' }],
    },
    { name: 'users', fields: {} },
  ])
  const other = collectionItems([
    {
      name: 'todos',
      flexible: false,
      fields: { title: { default: { a: 2, b: 1 }, type: 'text' } },
      indexes: [{ fields: ['title'] }],
    },
  ])
  assert.deepEqual(compareItems('collections', one, other), {
    area: 'collections',
    compared: 3,
    shared: 3,
    differences: [],
  })
})

test('the percentage is what both sides share of all that either has, and 100 only when nothing differs', () => {
  const here = new Map(Array.from({ length: 999 }, (_, n) => [`same ${n}`, 'x']))
  const there = new Map([...here, ['more', 'y']])
  const parity = parityOf([compareItems('a', here, there), leftOut('b', 'not now')])
  assert.deepEqual([parity.percent, parity.shared, parity.compared], [99, 999, 1000])
  assert.equal(parityOf([leftOut('b', 'not now')]).percent, undefined)
  assert.equal(parityOf([compareItems('a', here, here)]).percent, 100)
})

test('accounts are compared without what is their own and without secrets', () => {
  const settings = {
    siteUrl: 'https://a.example',
    signUp: true,
    sms: { provider: 'twilio', accountSid: 'x', secret: 'hidden', from: '1' },
    captcha: null,
    rateLimits: { signIn: 30 },
    providers: { github: { clientId: 'mine', clientSecret: 'hidden' }, google: { enabled: false } },
  } as unknown as Parameters<typeof accountItems>[0]
  assert.deepEqual(Object.fromEntries(accountItems(settings)), {
    signUp: 'true',
    sms: 'twilio',
    captcha: 'off',
    'rateLimits.signIn': '30',
    'provider github': 'on',
    'provider google': 'off',
  })
})

test('differences are told once: a collection that only one side has brings no line for each of its fields', () => {
  const here = collectionItems([
    { name: 'todos', fields: { title: { type: 'text' } }, policies: { list: 'true' } },
    { name: 'extra', fields: { a: { type: 'text' }, b: { type: 'text' } } },
  ])
  const there = collectionItems([
    { name: 'todos', fields: { title: { type: 'integer' } }, policies: { list: 'true' } },
  ])
  const facts = { version: '1.0.0', node: '24', at: '', databaseAt: '' }
  const postgres = { version: '18.4', major: 18, encoding: 'UTF8', settings: {}, extensions: {} }
  const server = (collation: string) => serverItems({ ...facts, postgres: { ...postgres, collation } })
  const text = parityText(plain, {
    here: 'app/dev',
    there: 'shop/live',
    ...parityOf([
      compareItems('collections', here, there),
      compareItems('server', server('builtin C.UTF-8'), server('libc en_US.UTF-8')),
      compareItems('variables', variableItems({ variables: [{ name: 'KEY', isSecret: true }] }), new Map()),
      leftOut('limits', 'not now'),
    ]),
  })
  assert.equal(
    text,
    [
      '62 % of shop/live is as app/dev: 10 of 16.',
      '',
      '! collections: 4 of 6 differ',
      '  field todos.title: here {"type":"text"}, there {"type":"integer"}',
      '  collection extra: only here',
      '! server: 1 of 9 differ',
      '  collation: here builtin C.UTF-8, there libc en_US.UTF-8',
      '! variables: 1 of 1 differ',
      '  KEY: only here',
      '– limits: not compared: not now',
    ].join('\n'),
  )
})
