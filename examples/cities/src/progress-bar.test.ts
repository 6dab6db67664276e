import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressBar } from './progress-bar.ts'

test('in a terminal it is one line that is drawn over and never wraps', () => {
  const { written, advance, show } = terminal({ isTTY: true, columns: 60 })
  show(0, 2000)
  advance(1000)
  show(500, 2000)
  show(2000, 2000)
  assert.ok(written.every(text => text.startsWith('\r\x1b[2K')))
  assert.ok(written.every(text => text.slice('\r\x1b[2K'.length).trimEnd().length < 60))
  assert.match(written[1]!, /Loading cities {2}━{7}╌{21} +25 %/)
  assert.equal(written.filter(text => text.endsWith('\n')).length, 1)
  assert.match(written.at(-1)!, /✓ 2,000 cities loaded in 1\.0 s\n$/)
})

test('it tells the pace and what is left', () => {
  const { written, advance, show } = terminal({ isTTY: true, columns: 120 })
  show(0, 9000)
  advance(2000)
  show(3000, 9000)
  assert.match(written.at(-1)!, /1,500\/s {2}4 s left$/)
})

test('elsewhere it is a line every 10 %', () => {
  const { written, show } = terminal({})
  for (let done = 0; done <= 100; done++) show(done, 100)
  assert.equal(written.length, 10)
  assert.ok(written.every(text => /^ {2}\S.*\n$/.test(text)))
})

function terminal(kind: { isTTY?: boolean; columns?: number }) {
  const written: string[] = []
  let nowMs = 0
  const show = progressBar({ ...kind, write: text => written.push(text) }, () => nowMs)
  return {
    written,
    advance: (ms: number) => (nowMs += ms),
    show: (done: number, total: number) => show({ collection: 'cities', done, total }),
  }
}
