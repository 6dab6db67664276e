import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fateTone, listenerName, queryText, stateText, type InspectedSubscription } from './inspected.ts'

const state = { stage: 'live', position: '0', isLagging: false, mode: 'rows', resets: [] } as const
const subscription: InspectedSubscription = { id: 1, collection: 'cities', query: '', state }

test('a live query reads as it was asked', () => {
  assert.equal(queryText(subscription), 'cities')
  assert.equal(queryText({ ...subscription, query: 'where=doc.size+%3E+3' }), 'cities?where=doc.size > 3')
  assert.equal(queryText({ ...subscription, query: 'a=%' }), 'cities?a=%')
  assert.equal(queryText({ ...subscription, document: '0199' }), 'cities/0199')
})

test('who listens is told in words', () => {
  assert.equal(listenerName({ caller: 'user', user: 'u1' }), 'u1')
  assert.equal(listenerName({ caller: 'anonymous' }), 'a visitor')
})

test('states and fates', () => {
  assert.equal(stateText(state).text, 'live')
  assert.equal(stateText({ ...state, isLagging: true }).text, 'reads slowly')
  assert.equal(stateText({ ...state, stage: 'owed' }).text, 'catching up')
  assert.deepEqual(['sent', 'nothing to send', 'behind the window'].map(fateTone), [
    'green',
    'plain',
    'amber',
  ])
})
