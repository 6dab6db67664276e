import { parsePath } from './parse-path.ts'
import { queryLimits, type OrderTerm } from './query.ts'
import type { Scanner } from './scanner.ts'

const words = ['asc', 'desc', 'nullsfirst', 'nullslast']

/** `createdAt.desc.nullslast,name` */
export function parseOrder(scanner: Scanner): OrderTerm[] {
  const terms: OrderTerm[] = []
  do {
    terms.push(parseTerm(scanner))
    if (terms.length > queryLimits.orderTerms)
      scanner.fail(`a list is ordered by at most ${queryLimits.orderTerms} fields`, 0)
  } while (scanner.take(','))
  return terms
}

function parseTerm(scanner: Scanner): OrderTerm {
  const path = parsePath(scanner)
  if (scanner.peek('('))
    scanner.fail(
      'a list cannot be ordered by an embedded relation',
      scanner.position,
      'order the embedded documents with ?relation.order=…',
    )
  let direction: 'asc' | 'desc' | undefined
  let nulls: 'first' | 'last' | undefined
  while (scanner.take('.')) {
    const start = scanner.position
    const word = scanner.match(/[A-Za-z]+/y).toLowerCase()
    if ((word === 'asc' || word === 'desc') && direction === undefined && nulls === undefined)
      direction = word
    else if (word === 'nullsfirst' && nulls === undefined) nulls = 'first'
    else if (word === 'nullslast' && nulls === undefined) nulls = 'last'
    else
      scanner.fail(
        words.includes(word) ? `'${word}' cannot stand here` : `unknown order '${word}'`,
        start,
        'write field, field.desc, or field.desc.nullslast',
      )
  }
  direction ??= 'asc'
  return { path, direction, nulls: nulls ?? (direction === 'asc' ? 'last' : 'first') }
}
