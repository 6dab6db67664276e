import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Mistakes } from './mistakes.ts'
import { parseQuery } from './parse-query.ts'
import { queryLimits, type Filter, type SelectItem } from './query.ts'

function parse(text: string) {
  const mistakes = new Mistakes()
  return { query: parseQuery(text, mistakes), mistakes: mistakes.found }
}

/** A filter as a short text, to compare by eye. */
function show(filter: Filter | undefined): string {
  if (filter === undefined) return ''
  if (filter.kind === 'not') return `!${show(filter.item)}`
  if (filter.kind !== 'compare') return `${filter.kind}(${filter.items.map(show).join(' ')})`
  const { path, operator, values } = filter
  const place = [path.field, ...path.keys].join(path.asText ? '>>' : '>')
  return `${place} ${operator} ${values.map(({ text, isQuoted }) => (isQuoted ? `"${text}"` : text)).join('|')}`
}

const filters: [query: string, shown: string][] = [
  ['a=eq.1', 'a eq 1'],
  ['a=eq.1&a=lt.5', 'and(a eq 1 a lt 5)'],
  ['a=not.eq.1', '!a eq 1'],
  ['a=not.not.eq.1', '!!a eq 1'],
  ['a=eq.b,c.(d', 'a eq b,c.(d'],
  ['a=eq."x"', 'a eq "x"'],
  ['a=eq."x\\"y"', 'a eq "x"y"'],
  ['a=eq.', 'a eq '],
  ['a=eq.a+b%2Bc', 'a eq a b+c'],
  ['a=in.(1,"b,c",)', 'a in 1|"b,c"|'],
  ['a=in.()', 'a in '],
  ['a=cs.{x,y}', 'a contains x|y'],
  ['a=ov.(x)', 'a overlaps x'],
  ['a=is.NULL', 'a is null'],
  ['m->a->0->>b=eq.1', 'm>>a>>0>>b eq 1'],
  ['m->"a.b"=eq.1', 'm>a.b eq 1'],
  [
    'or=(a.eq.1,b.not.in.(1,2),not.and(c.is.null,d.like.x*))',
    'or(a eq 1 !b in 1|2 !and(c is null d like x*))',
  ],
  ['not.or=(a.eq.1)', '!or(a eq 1)'],
  ['or=(a.eq."x,y)",b.eq.2)', 'or(a eq "x,y)" b eq 2)'],
  ['and=(a->>b.gt.1,c.eq.(2)', 'and(a>>b gt 1 c eq (2)'],
]
for (const [text, shown] of filters) {
  test(`filter ${text}`, () => {
    const { query, mistakes } = parse(text)
    assert.equal(show(query.filter), shown)
    assert.equal(mistakes.length, 0, JSON.stringify(mistakes))
  })
}

function showItems(items: readonly SelectItem[]): string {
  return items
    .map(item => {
      if (item.kind === 'all') return '*'
      const alias = item.alias === undefined ? '' : `${item.alias}=`
      if (item.kind === 'aggregate')
        return `${alias}${item.aggregate}<${item.path?.field ?? '*'}${item.cast ? `:${item.cast}` : ''}>${item.resultCast ? `:${item.resultCast}` : ''}`
      if (item.kind === 'field')
        return `${alias}${[item.path.field, ...item.path.keys].join(item.path.asText ? '>>' : '>')}${item.cast ? `:${item.cast}` : ''}`
      const marks = `${item.relation ? `!${item.relation}` : ''}${item.isInner ? '!!' : ''}`
      const rest = [show(item.filter), item.order.map(term => term.path.field).join(), item.limit].filter(
        Boolean,
      )
      return `${alias}${item.name}${marks}(${showItems(item.selection)})${rest.length > 0 ? `{${rest.join(';')}}` : ''}`
    })
    .join(' ')
}

const selections: [query: string, shown: string][] = [
  ['', '*'],
  ['select=id,title', 'id title'],
  ['select=price::text,n:name,x:meta->a->>b', 'price:text n=name x=meta>>a>>b'],
  ['select=*,author(name,team(name))', '* author(name team(name))'],
  ['select=a:users!owner!inner(*)', 'a=users!owner!!(*)'],
  [
    'select=comments(*)&comments.order=at.desc&comments.limit=5&comments.text=like.a*',
    'comments(*){text like a*;at;5}',
  ],
  [
    'select=a,count(),n:count(),b.sum(),x:meta->>k::int.avg()::text,c(count(),d.max())',
    'a count<*> n=count<*> sum<b> x=avg<meta:int>:text c(count<*> max<d>)',
  ],
  ['select=a(b(c))&a.b.c=eq.1&a.or=(x.eq.1,y.eq.2)', 'a(b(c){c eq 1}){or(x eq 1 y eq 2)}'],
]
for (const [text, shown] of selections) {
  test(`selection ${text}`, () => {
    const { query, mistakes } = parse(text)
    assert.deepEqual(mistakes, [])
    assert.equal(showItems(query.selection), shown)
  })
}

test('having is a group, with brackets or without', () => {
  const having = (text: string) => show(parse(`having=${text}`).query.having)
  assert.equal(having('n.gt.5'), 'n gt 5')
  assert.equal(having('n.gt.5,total.gte.1'), having('(n.gt.5,total.gte.1)'))
  assert.equal(having('or(n.gt.5,not.and(a.eq.1,b.is.null))'), 'or(n gt 5 !and(a eq 1 b is null))')
})

test('an order says where nulls go', () => {
  const { query } = parse('order=a,b.desc,c.asc.nullsfirst,d.desc.nullslast')
  assert.deepEqual(
    query.order.map(({ path, direction, nulls }) => `${path.field} ${direction} ${nulls}`),
    ['a asc last', 'b desc first', 'c asc first', 'd desc last'],
  )
})

const mistakes: [query: string, at: string, says: RegExp][] = [
  ['a=1', '?a[0:1]', /operator is missing.*eq\.1/],
  ['a=eqq.1', '?a[0:5]', /unknown operator 'eqq'.*did you mean 'eq'/],
  ['a=is.7', '?a[3:4]', /takes null/],
  ['a=in.1', '?a[3:4]', /expected a list/],
  ['or=(a.eq.1', '?or[7:8]', /expected '\)'/],
  ['or=a.eq.1', '?or[0:1]', /expected '\('/],
  ['or=(a.eq."x)', '?or[6:9]', /quote is not closed/],
  ['select=a,(b)', '?select[2:3]', /expected a field/],
  ['select=...a(b)', '?select[0:1]', /spread/],
  ['select=a(b', '?select[3:4]', /expected '\)'/],
  ['select=a.summ()', '?select[1:6]', /unknown aggregate 'summ'.*write field\.sum\(\)/],
  ['select=a.sum', '?select[1:5]', /'\(\)' is missing behind 'sum'/],
  ['select=author.name', '?select[6:11]', /unknown aggregate 'name'.*relation\(field\)/],
  ['having=n', '?having[1:2]', /operator behind 'n'/],
  ['order=a.up', '?order[2:4]', /unknown order 'up'/],
  ['order=a(b).asc', '?order[1:2]', /embedded/],
  ['limit=-1', '?limit', /whole number/],
  [`limit=${queryLimits.limit + 1}`, '?limit', /at most 1000/],
  ['offset=3', '?offset', /after/],
  ['count=yes', '?count', /exact or estimated/],
  ['x.y=eq.1', '?x.y', /'x' is not embedded.*select=\*,x\(\*\)/],
  ['a=eq.%ff', '?a', /percent-encoding/],
  ['a=eq.%00', '?a', /NUL/],
  ['select=a&select=b', '?select', /twice/],
  [`select=${'a('.repeat(6)}b${')'.repeat(6)}`, '?select[10:12]', /at most 5 deep/],
  [`and=(${'or('.repeat(10)}a.eq.1${')'.repeat(11)}`, '?and[30:31]', /at most 10 deep/],
  [`a=in.(${'1,'.repeat(1001)}1)`, '?a[3:2005]', /at most 1000 values/],
  [`and=(${'a.eq.1,'.repeat(101)}a.eq.1)`, '?and[703:704]', /at most 100 comparisons/],
]
for (const [text, at, says] of mistakes) {
  test(`mistake ${text.slice(0, 40)}`, () => {
    const { mistakes } = parse(text)
    assert.equal(mistakes.length, 1, JSON.stringify(mistakes))
    const { at: found, message, hint = '' } = mistakes[0]!
    assert.match(`${message} ${hint}`, says)
    assert.equal(found, at)
  })
}

test('every mistake is told', () => {
  const { mistakes } = parse('a=1&order=b.up&limit=x&select=...c(d)')
  assert.deepEqual(
    mistakes.map(({ at }) => at),
    ['?select[0:1]', '?a[0:1]', '?order[2:4]', '?limit'],
  )
})

test('no text breaks the parser', () => {
  const piece = fc.constantFrom(
    'a',
    'or',
    'and',
    'not.',
    '=',
    '&',
    '(',
    ')',
    ',',
    '.',
    'eq',
    'in',
    '"',
    '\\',
    '->',
    '>>',
    '%28',
    '%',
    '::',
    '!',
    '*',
    'select',
    'order',
    '{',
    '}',
    '[',
    '1',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), pieces => void parse(pieces.join(''))),
    { numRuns: 3000 },
  )
})
