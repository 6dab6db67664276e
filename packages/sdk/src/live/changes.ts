import { keyOf, type Row } from './row.ts'
import type { DocumentChange } from './snapshot.ts'

/** Names the step from one state of a document to another; nothing when it is neither before nor after. */
export function changeOf<Shape extends object>(
  old: Shape | undefined,
  doc: Shape | undefined,
): DocumentChange<Shape>[] {
  if (doc === undefined) return old === undefined ? [] : [{ type: 'removed', doc: old, old }]
  return old === undefined ? [{ type: 'added', doc, old }] : [{ type: 'modified', doc, old }]
}

/** The steps from one whole result to another; a document that is the same object did not change. */
export function diffRows(
  before: ReadonlyMap<string, Row>,
  after: ReadonlyMap<string, Row>,
): DocumentChange<Row>[] {
  const left = [...before].filter(([key]) => !after.has(key)).flatMap(([, old]) => changeOf(old, undefined))
  const stayed = [...after].flatMap(([key, doc]) => {
    const old = before.get(key)
    return old === doc ? [] : changeOf(old, doc)
  })
  return [...left, ...stayed]
}

/** Joins the changes of two snapshots that follow each other into those of one. */
export function mergeChanges<Shape extends object>(
  first: readonly DocumentChange<Shape>[],
  second: readonly DocumentChange<Shape>[],
): DocumentChange<Shape>[] {
  const steps = new Map<string, { old: Shape | undefined; doc: Shape | undefined }>()
  for (const change of [...first, ...second]) {
    const key = keyOf(change.doc as Row)
    const old = steps.has(key) ? steps.get(key)?.old : change.old
    steps.set(key, { old, doc: change.type === 'removed' ? undefined : change.doc })
  }
  return [...steps.values()].flatMap(({ old, doc }) => changeOf(old, doc))
}

/** Equal JSON. Postgres writes the fields of a row in one order, so the text tells. */
export function isSame(a: Row, b: Row): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
