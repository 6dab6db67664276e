import { parse } from '@cloudbox/policy/parse'
import { visitExpression } from './visit-expression.ts'

/** Renames fields of `doc` and `next` in an expression that is known to be valid; everything else stays as written. */
export function renameInExpression(text: string, renames: ReadonlyMap<string, string>): string {
  const places: { start: number; end: number; name: string }[] = []
  visitExpression(parse(text).root, node => {
    if (node.kind !== 'field' || node.target.kind !== 'name') return
    const name = renames.get(node.name)
    if (name === undefined || !['doc', 'next'].includes(node.target.name)) return
    places.push({ ...node.nameRange, name })
  })
  return places
    .toSorted((a, b) => b.start - a.start)
    .reduce((whole, { start, end, name }) => whole.slice(0, start) + name + whole.slice(end), text)
}
