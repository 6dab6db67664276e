import type { DescribedCollection, DescribedField, Json } from './described.ts'
import { exampleId, exampleValue } from './example-value.ts'

/** Parameters of the dialect that are no filters; a field of such a name is filtered inside `and=(…)`. */
const reserved = new Set(
  'select order limit offset after count where having onConflict and or apikey'.split(' '),
)

/** A filter of one field, ready for a query: `['done', 'eq', true]`. */
export type SampleFilter = readonly [field: string, operator: 'eq' | 'gte', value: string | number | boolean]

/** Every parameter of one collection by its name; whole-dialect ones are shared, see {@link sharedParameters}. */
export function collectionParameters(collection: DescribedCollection): Readonly<Record<string, Json>> {
  const fields = [...collection.fields.values()]
  const names = fields.map(field => field.name)
  return {
    select: {
      name: 'select',
      in: 'query',
      description:
        'The fields of the answer, by comma; all unless told. Rename with `alias:field`, embed a relation with `relation(field,…)`, sum up with `count()` and `field.sum()` (also `avg min max`) by the other fields.',
      schema: { type: 'string' },
      example: names.slice(0, 4).join(','),
    },
    order: {
      name: 'order',
      in: 'query',
      description:
        'Fields to sort by, each with `.asc` or `.desc` and, if needed, `.nullsfirst` or `.nullslast`.',
      schema: { type: 'string' },
      example: 'createdAt.desc',
    },
    ...Object.fromEntries(
      fields
        .filter(({ name }) => !reserved.has(name))
        .map((field): [string, Json] => [`filter.${field.name}`, filterParameter(field)]),
    ),
  }
}

/** Parameters that are the same for every collection. */
export const sharedParameters: Readonly<Record<string, Json>> = {
  limit: {
    name: 'limit',
    in: 'query',
    description: 'Documents of a page.',
    schema: { type: 'integer', minimum: 0, maximum: 1000, default: 100 },
  },
  after: {
    name: 'after',
    in: 'query',
    description: 'The cursor of the page before: its header `x-cloudbox-next-cursor`.',
    schema: { type: 'string' },
  },
  count: {
    name: 'count',
    in: 'query',
    description: 'Also count all documents of the query; the header `content-range` tells.',
    schema: { type: 'string', enum: ['exact', 'estimated'] },
  },
  where: {
    name: 'where',
    in: 'query',
    description: 'A condition in CloudBox CEL, e.g. `doc.createdAt > now - duration("24h")`.',
    schema: { type: 'string', maxLength: 10_000 },
  },
  or: {
    name: 'or',
    in: 'query',
    description: 'Filters of which one is enough: `(a.eq.1,b.gt.2)`. Also `and`, `not.or` and `not.and`.',
    schema: { type: 'string' },
  },
  having: {
    name: 'having',
    in: 'query',
    description: 'A filter on groups, by the names in `select`: `n.gt.5` or `(n.gt.5,total.gte.1000)`.',
    schema: { type: 'string' },
  },
  onConflict: {
    name: 'onConflict',
    in: 'query',
    description: 'The unique field existing documents are met by; `id` unless told.',
    schema: { type: 'string', default: 'id' },
  },
  ifNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `etag` of an answer before; 304 when nothing has changed.',
    schema: { type: 'string' },
  },
  prefer: {
    name: 'Prefer',
    in: 'header',
    description:
      'Wishes, by comma: `return=minimal` (no documents), `handling=strict, max-affected=10` (nothing is written when more would change). Creations also take `return=headers-only` and `resolution=ignore-duplicates` or `merge-duplicates`.',
    schema: { type: 'string' },
    example: 'return=minimal',
  },
  ifMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The `etag` of an answer, or the `updatedAt` of the document in quotes: writes only if the document is still the same.',
    schema: { type: 'string' },
  },
  createOnly: {
    name: 'If-None-Match',
    in: 'header',
    description: '`*`: creates, and never changes a document that is there.',
    schema: { type: 'string', enum: ['*'] },
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'A fresh uuid: the same request under the same key gets the same answer and writes once.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
  },
}

function filterParameter(field: DescribedField): Json {
  const operators = operatorsOf(field)
  const kind = field.list ? `list of ${field.type}` : field.type
  return {
    name: field.name,
    in: 'query',
    description: `Filter on \`${field.name}\` (${kind}): ${operators.map(name => `\`${name}.\``).join(' ')}, each also behind \`not.\`.`,
    schema: { type: 'string', pattern: `^(?:not\\.)*(?:${operators.join('|')})\\.` },
    ...exampleOf(field),
  }
}

const ordered = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'is']

function operatorsOf({ type, list }: DescribedField): readonly string[] {
  if (list) return ['contains', 'containedBy', 'overlaps', 'is']
  switch (type) {
    case 'geopoint':
      return ['is']
    case 'boolean':
      return ['is', 'eq', 'neq', 'in']
    case 'integer':
    case 'number':
    case 'decimal':
    case 'timestamp':
    case 'date':
    case 'uuid':
    case 'relation':
      return ordered
    default:
      return [...ordered.slice(0, 6), 'like', 'ilike', 'match', 'in', 'is']
  }
}

function exampleOf(field: DescribedField): Json {
  if (field.type === 'geopoint' || field.type === 'json') return { example: 'is.not_null' }
  const value = field.name === 'id' ? exampleId : exampleValue({ ...field, list: false })
  if (value === undefined) return { example: 'is.not_null' }
  if (field.list) return { example: `contains.(${[value].flat()[0]})` }
  return { example: `${field.type === 'timestamp' || field.type === 'date' ? 'gte' : 'eq'}.${String(value)}` }
}

/** A filter that reads well in an example. */
export function sampleFilter({ fields }: DescribedCollection): SampleFilter {
  const own = [...fields.values()].filter(field => !field.builtIn && !field.list && !reserved.has(field.name))
  for (const type of ['boolean', 'select', 'integer', 'number', 'text'] as const) {
    const field = own.find(field => field.type === type && exampleValue(field) !== undefined)
    if (field === undefined) continue
    const operator = type === 'integer' || type === 'number' ? 'gte' : 'eq'
    return [field.name, operator, exampleValue(field) as string | number | boolean]
  }
  return ['createdAt', 'gte', '2026-01-01']
}
