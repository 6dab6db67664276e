import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ChangeStream, Transaction } from '../../kernel/stream.ts'
import { Past } from './past.ts'

const toLsn = (place: number) => place.toString(16).padStart(16, '0')
const commit = (place: number): Transaction => ({
  lsn: toLsn(place),
  xid: BigInt(place),
  committedAtMs: 0,
  changes: [],
  bytes: 0,
})
const commits = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => commit(from + i + 1))

/** A stream that has heard commits up to `lsn`, of which another process answers questions. */
class FarStream {
  epoch = 'e'
  place = 0
  reached = 0
  answer: (known: readonly Transaction[] | undefined) => void = () => {}

  get lsn(): string {
    return toLsn(this.place)
  }

  since(): Promise<readonly Transaction[] | undefined> {
    return new Promise(resolve => (this.answer = resolve))
  }
}

test('an answer of any age is made to reach exactly to the moment of its use', async () => {
  const places = fc.record({
    since: fc.nat(5),
    heard: fc.nat(10),
    more: fc.nat(5),
    /** How far the answer is ahead of what had been heard at the question. */
    ahead: fc.nat(10),
  })
  await fc.assert(
    fc.asyncProperty(places, async ({ since, heard, more, ahead }) => {
      const stream = new FarStream()
      stream.place = since + heard
      const past = new Past(stream as unknown as ChangeStream)
      let used: readonly Transaction[] | undefined
      const done = past.since(toLsn(since), missed => (used = missed))
      for (const next of commits(stream.place, stream.place + more)) {
        stream.place++
        past.hear(next)
      }
      stream.answer(commits(since, since + heard + ahead))
      await done
      assert.deepEqual(used, commits(since, since + heard + more))
    }),
  )
})

test('who is ahead of this process is told nothing again', async () => {
  const stream = new FarStream()
  stream.place = 2
  const past = new Past(stream as unknown as ChangeStream)
  let used: readonly Transaction[] | undefined
  const done = past.since(toLsn(4), missed => (used = missed))
  for (const next of commits(2, 6)) {
    stream.place++
    past.hear(next)
  }
  stream.answer([])
  await done
  assert.deepEqual(used, commits(4, 6))
})

test('a past that became another one meanwhile is not known', async () => {
  const stream = new FarStream()
  const past = new Past(stream as unknown as ChangeStream)
  let used: readonly Transaction[] | undefined = []
  const done = past.since(toLsn(0), missed => (used = missed))
  stream.epoch = 'another'
  stream.answer(commits(0, 3))
  await done
  assert.equal(used, undefined)
})
