import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Compile } from 'typebox/compile'
import { Type } from 'typebox'
import { fieldTypes, operations, type FieldDefinition, type Operation } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import { route, type Contract, type Route } from '../../kernel/route.ts'
import type { DescribedCollection, DescribedField, Reader } from './described.ts'
import { exampleId } from './example-value.ts'
import { openApi } from './openapi.ts'

const base = 'http://localhost:8090/demo/dev'
const answer = () => ({})
const problems = [
  dataProblems['unknown-collection'],
  dataProblems['not-allowed'],
  dataProblems['invalid-query'],
]
const contract = { summary: 'Documents', access: 'key', problems } as const satisfies Contract

const routes: readonly Route[] = [
  route('GET /data/:collection', { ...contract, description: 'In the order asked for.' }, answer),
  route('POST /data/:collection', { ...contract, body: Type.Unknown() }, answer),
  route('PUT /data/:collection', { ...contract, body: Type.Unknown() }, answer),
  route('PATCH /data/:collection', { ...contract, body: Type.Unknown() }, answer),
  route('DELETE /data/:collection', contract, answer),
  route('GET /data/:collection/:id', contract, answer),
  route('PATCH /data/:collection/:id', { ...contract, body: Type.Unknown() }, answer),
  route('DELETE /data/:collection/:id', contract, answer),
  route(
    'PATCH /data/$collections/:name',
    { summary: 'Change a collection', access: 'secret', body: Type.Object({ flexible: Type.Boolean() }) },
    answer,
  ),
  route('GET /health', { summary: 'Alive?', access: 'anyone', scope: 'root' }, answer),
  route('GET /secrets', { summary: 'Not told', access: 'key', hidden: true }, answer),
]

function collection(
  name: string,
  fields: Record<string, FieldDefinition>,
  more: { flexible?: boolean; policies?: readonly Operation[] } = {},
): DescribedCollection {
  const builtIn = {
    list: false,
    required: true,
    unique: false,
    computed: false,
    managed: false,
    builtIn: true,
  }
  const own = Object.entries(fields).map(([name, definition]): DescribedField => ({
    name,
    type: definition.type,
    list: definition.list === true,
    required: definition.required === true,
    unique: definition.unique === true,
    computed: definition.computed !== undefined,
    managed: false,
    builtIn: false,
    definition,
  }))
  const all: DescribedField[] = [
    { ...builtIn, name: 'id', type: 'uuid', unique: true },
    { ...builtIn, name: 'createdAt', type: 'timestamp' },
    { ...builtIn, name: 'updatedAt', type: 'timestamp' },
    ...own,
  ]
  return {
    name,
    flexible: more.flexible === true,
    fields: new Map(all.map(field => [field.name, field])),
    policies: new Map(
      (more.policies ?? operations).map(operation => [operation, { operation, text: 'true' }]),
    ),
  }
}

const everything = Object.fromEntries(
  fieldTypes.flatMap(type => {
    const definition: FieldDefinition = {
      type,
      ...(type === 'select' ? { options: ['open', 'done'] } : {}),
      ...(type === 'relation' ? { to: 'people' } : {}),
    }
    const fields: [string, FieldDefinition][] = [
      [`${type}Field`, definition],
      [`${type}Needed`, { ...definition, required: true }],
    ]
    if (!['json', 'relation', 'file', 'geopoint'].includes(type)) {
      fields.push([`${type}List`, { ...definition, list: true, min: 2, max: 3 }])
    }
    return fields
  }),
)

const todos = collection('todos', {
  title: { type: 'text', required: true, min: 1, max: 200, pattern: '[^<>]+' },
  status: { type: 'select', options: ['open', 'done'], required: true, default: 'open' },
  priority: { type: 'integer', min: 1, max: 5 },
  price: { type: 'decimal', min: 0 },
  owner: { type: 'relation', to: 'people', required: true, default: { cel: 'auth.uid' } },
  mail: { type: 'email', unique: true },
  shout: { type: 'text', computed: 'doc.title.upperAscii()' },
  limit: { type: 'integer' },
})
const collections = new Map(
  [
    todos,
    collection('people', { name: { type: 'text' } }, { policies: [] }),
    collection('notes', { text: { type: 'text' } }, { flexible: true, policies: ['list', 'create'] }),
    collection('everything', everything),
    collection('bare', {}),
  ].map(one => [one.name, one]),
)

/** The document as a client gets it: through JSON. */
function written(reader: Reader, over: Partial<Parameters<typeof openApi>[0]> = {}) {
  const environment = { project: 'demo', name: 'dev' }
  return JSON.parse(JSON.stringify(openApi({ environment, base, routes, collections, reader, ...over })))
}

/** What stands at a place of the document; `~` stands for a slash inside a name. */
function at(document: unknown, place: string): unknown {
  return place
    .split('/')
    .map(name => name.replaceAll('~', '/'))
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document)
}

for (const reader of ['secret', 'publishable'] as const) {
  test(`the document for the ${reader} key follows the rules of OpenAPI 3.1`, async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(written(reader))
    assert.deepEqual({ valid, errors }, { valid: true, errors: undefined })
    assert.equal(validator.version, '3.1')
  })

  test(`every reference of the document for the ${reader} key leads somewhere, and every operation has its own id`, () => {
    const document = written(reader)
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, place]) => place!,
    )
    assert.ok(references.length > 100)
    assert.deepEqual(
      references.filter(place => at(document, place) === undefined),
      [],
    )
    const ids = [...JSON.stringify(document).matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id)
    assert.equal(new Set(ids).size, ids.length)
  })
}

test('the validator sees a document that breaks the rules', async () => {
  const { valid } = await new Validator().validate({ ...written('secret'), paths: { todos: { get: 1 } } })
  assert.equal(valid, false)
})

const schema = 'components/schemas/todos'
const table: readonly [place: string, expected: unknown][] = [
  ['openapi', '3.1.0'],
  ['info/title', 'demo/dev'],
  ['servers/0/url', `${base}/v1`],
  [`${schema}/properties/title/minLength`, 1],
  [`${schema}/properties/title/maxLength`, 200],
  [`${schema}/properties/title/pattern`, '^(?:[^<>]+)$'],
  [`${schema}/properties/title/type`, 'string'],
  [`${schema}/properties/priority/type`, ['integer', 'null']],
  [`${schema}/properties/priority/minimum`, 1],
  [`${schema}/properties/priority/maximum`, 5],
  [`${schema}/properties/status/enum`, ['open', 'done']],
  [`${schema}/properties/mail/type`, ['string', 'null']],
  [`${schema}/properties/mail/format`, 'email'],
  [`${schema}/properties/price/type`, ['string', 'null']],
  [`${schema}/properties/createdAt/readOnly`, true],
  [`${schema}/properties/shout/readOnly`, true],
  [`${schema}/properties/shout/description`, 'Computed by the server: `doc.title.upperAscii()`.'],
  [
    `${schema}/properties/owner/description`,
    'Id of a document of `people`. Filled in on creation: `auth.uid`.',
  ],
  [`${schema}/additionalProperties`, false],
  [`${schema}.create/required`, ['title']],
  [`${schema}.create/properties/status/default`, 'open'],
  [`${schema}.create/properties/price/type`, ['string', 'number', 'null']],
  [`${schema}.create/properties/shout`, undefined],
  [`${schema}.create/properties/createdAt`, undefined],
  [`${schema}.create/properties/id/format`, 'uuid'],
  [`${schema}.update/required`, undefined],
  [`${schema}.update/properties/status/default`, undefined],
  [`${schema}.update/properties/id`, undefined],
  ['components/schemas/notes.create/additionalProperties', true],
  ['components/parameters/todos.filter.status/example', 'eq.open'],
  ['components/parameters/todos.filter.limit', undefined],
  ['components/parameters/todos.select/example', 'id,createdAt,updatedAt,title'],
  ['paths/~data~todos/get/operationId', 'todos.list'],
  ['paths/~data~todos/get/description', 'In the order asked for.'],
  [
    'paths/~data~todos/get/responses/200/headers/x-cloudbox-next-cursor/$ref',
    '#/components/headers/x-cloudbox-next-cursor',
  ],
  ['paths/~data~todos~{id}/get/parameters/0/example', exampleId],
  ['paths/~data~{collection}', undefined],
  ['paths/~data~$collections~{name}/patch/security', [{ secretKey: [] }]],
  ['paths/~data~$collections~{name}/patch/parameters/0/name', 'name'],
  ['paths/~data~$collections~{name}/patch/requestBody/content/application~json/example', { flexible: true }],
  ['paths/~health', undefined],
  ['paths/~secrets', undefined],
]
for (const [place, expected] of table) {
  test(`the secret key's document: ${place} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(at(written('secret'), place), expected)
  })
}

test('an operation names the permission it needs, after what else is to be said', () => {
  const guarded = [
    route('GET /limits', { summary: 'Limits', access: 'secret', permission: 'environments.read' }, answer),
    route(
      'GET /data/:collection',
      { ...contract, description: 'In the order asked for.', permission: 'documents.read' },
      answer,
    ),
  ]
  const document = written('secret', { routes: guarded })
  const needs = (name: string) => `Operators and keys with a scope need the permission \`${name}\`.`
  assert.equal(at(document, 'paths/~limits/get/description'), needs('environments.read'))
  assert.equal(
    at(document, 'paths/~data~todos/get/description'),
    `In the order asked for.\n\n${needs('documents.read')}`,
  )
})

test('an operation names the problems of its contract and those of the edge', () => {
  const document = written('secret')
  const { responses } = at(document, 'paths/~data~todos/post') as {
    responses: Record<string, { $ref?: string }>
  }
  const codes = Object.values(responses).flatMap(({ $ref }) => {
    const answer =
      $ref === undefined ? undefined : at(document, `${$ref.slice(2)}/content/application~problem+json`)
    return Object.keys((answer as { examples?: object } | undefined)?.examples ?? {})
  })
  for (const code of [
    'data/not-allowed',
    'platform/key-missing',
    'auth/token-expired',
    'http/bad-json',
    'http/internal',
  ]) {
    assert.ok(codes.includes(code), `${code} in ${codes}`)
  }
})

test('the publishable key is told of open operations only, and of nothing that is closed', () => {
  const document = written('publishable')
  assert.deepEqual(Object.keys(at(document, 'paths/~data~notes') as object), ['get', 'post'])
  assert.deepEqual(Object.keys(at(document, 'paths') as object).toSorted(), [
    '/data/bare',
    '/data/bare/{id}',
    '/data/everything',
    '/data/everything/{id}',
    '/data/notes',
    '/data/todos',
    '/data/todos/{id}',
  ])
  assert.equal(at(document, 'components/schemas/notes.update'), undefined)
  // Neither a closed collection nor the expressions of the author.
  assert.doesNotMatch(JSON.stringify(document), /people|upperAscii|auth\.uid/)
})

test('an upsert needs create and update', () => {
  const reached = (policies: readonly Operation[]) =>
    at(
      written('publishable', { collections: new Map([['a', collection('a', {}, { policies })]]) }),
      'paths/~data~a/put',
    )
  assert.equal(reached(['create']), undefined)
  assert.equal(reached(['update']), undefined)
  assert.notEqual(reached(['create', 'update']), undefined)
})

test('the order of collections does not change the text', () => {
  const turned = new Map([...collections].toReversed())
  assert.equal(JSON.stringify(written('secret', { collections: turned })), JSON.stringify(written('secret')))
})

for (const name of ['bare', 'everything', 'notes', 'todos']) {
  test(`the examples of ${name} fit their schemas`, () => {
    const { schemas } = (
      written('secret') as { components: { schemas: Record<string, { examples: unknown[] }> } }
    ).components
    for (const kind of [name, `${name}.create`, `${name}.update`]) {
      const { examples, ...plain } = schemas[kind]!
      // There is nothing to change in a collection without fields.
      if (kind === 'bare.update') continue
      const compiled = Compile(plain as never)
      assert.deepEqual([kind, ...compiled.Errors(examples[0])], [kind])
    }
  })
}

test('samples name the own address, collection and fields', () => {
  const samples = at(written('publishable'), 'paths/~data~todos/get/x-codeSamples') as {
    label: string
    source: string
  }[]
  assert.deepEqual(
    samples.map(({ label }) => label),
    ['curl', '@cloudbox/client', 'live'],
  )
  assert.equal(
    samples[0]!.source,
    `curl '${base}/v1/data/todos?status=eq.open&order=createdAt.desc&limit=20' \\\n  -H 'apikey: YOUR_KEY'`,
  )
  assert.match(samples[1]!.source, /createClient\('http:\/\/localhost:8090\/demo\/dev', 'YOUR_KEY'\)/)
  assert.match(samples[1]!.source, /box\.collection\('todos'\)\n {2}\.eq\('status', 'open'\)/)
})
