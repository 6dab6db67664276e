import { headers } from '@cloudbox/protocol/http'
import type { Operation } from '@cloudbox/protocol/collection'
import type { Route } from '../../kernel/route.ts'
import { documentSamples, type DocumentVerb } from './code-samples.ts'
import { exampleChange, exampleDocument, exampleInput } from './collection-schemas.ts'
import { isOpen, type DescribedCollection, type Json, type Reader } from './described.ts'
import { exampleId } from './example-value.ts'
import { collectionParameters } from './query-parameters.ts'

interface Verb {
  readonly verb: DocumentVerb
  /** Every operation it needs; one that is closed closes it. */
  readonly needs: readonly Operation[]
  readonly summary: (name: string) => string
}

const onMany: Readonly<Record<string, Verb>> = {
  GET: { verb: 'list', needs: ['list'], summary: name => `List documents of ${name}` },
  POST: { verb: 'create', needs: ['create'], summary: name => `Create documents of ${name}` },
  PUT: {
    verb: 'upsert',
    needs: ['create', 'update'],
    summary: name => `Create or change documents of ${name}`,
  },
  PATCH: {
    verb: 'updateMany',
    needs: ['update'],
    summary: name => `Change documents of ${name} by a filter`,
  },
  DELETE: {
    verb: 'deleteMany',
    needs: ['delete'],
    summary: name => `Delete documents of ${name} by a filter`,
  },
}
const onOne: Readonly<Record<string, Verb>> = {
  GET: { verb: 'get', needs: ['get'], summary: name => `Get one document of ${name}` },
  PATCH: { verb: 'update', needs: ['update'], summary: name => `Change one document of ${name}` },
  DELETE: { verb: 'delete', needs: ['delete'], summary: name => `Delete one document of ${name}` },
}

const pattern = /^\/data\/:\w+(\/:\w+)?$/

/** What a route of the data module does with documents, if it is one of those written once for all collections. */
export function verbOf({ method, path }: Pick<Route, 'method' | 'path'>): Verb | undefined {
  const match = pattern.exec(path)
  if (match === null) return undefined
  return (match[1] === undefined ? onMany : onOne)[method]
}

/** The path of a route for one collection: `/data/todos/{id}`. */
export function documentPath(path: string, { name }: DescribedCollection): string {
  return path.split('/').length === 3 ? `/data/${name}` : `/data/${name}/{id}`
}

/** Whether a reader's key can call it at all. */
export function mayCall({ needs }: Verb, collection: DescribedCollection, reader: Reader): boolean {
  return needs.every(operation => isOpen(collection, operation, reader))
}

export interface DocumentOperationOptions {
  readonly verb: Verb
  readonly collection: DescribedCollection
  /** The route's own words, for all collections. */
  readonly description: string | undefined
  /** Address of the environment. */
  readonly base: string
  readonly problems: Readonly<Record<string, Json>>
}

/** One operation on the documents of one collection. */
export function documentOperation(options: DocumentOperationOptions): Json {
  const { verb, collection, description, base, problems } = options
  const body = requestBody(verb.verb, collection)
  return {
    operationId: `${collection.name}.${verb.verb}`,
    tags: [collection.name],
    summary: verb.summary(collection.name),
    ...(description === undefined ? {} : { description }),
    parameters: parametersOf(verb.verb, collection),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...success(verb.verb, collection), ...problems },
    'x-codeSamples': documentSamples(verb.verb, collection, base),
  }
}

function parametersOf(verb: DocumentVerb, collection: DescribedCollection): Json[] {
  const shared = (name: string) => ({ $ref: `#/components/parameters/query-${name}` })
  const own = (name: string) => ({ $ref: `#/components/parameters/${collection.name}.${name}` })
  const filters = () =>
    Object.keys(collectionParameters(collection))
      .filter(name => name.startsWith('filter.'))
      .map(own)
  const id = {
    name: 'id',
    in: 'path',
    required: true,
    description: 'The id of the document.',
    schema: { type: 'string', format: 'uuid' },
    example: exampleId,
  }
  const everyWrite = [shared('prefer'), shared('idempotencyKey')]
  switch (verb) {
    case 'list':
      return [
        ...filters(),
        shared('or'),
        shared('where'),
        own('select'),
        shared('having'),
        own('order'),
        shared('limit'),
        shared('after'),
        shared('count'),
        shared('ifNoneMatch'),
      ]
    case 'get':
      return [id, own('select'), shared('ifNoneMatch')]
    case 'create':
      return [own('select'), ...everyWrite]
    case 'upsert':
      return [shared('onConflict'), own('select'), ...everyWrite, shared('ifMatch'), shared('createOnly')]
    case 'updateMany':
    case 'deleteMany':
      return [...filters(), shared('or'), shared('where'), own('select'), ...everyWrite]
    case 'update':
    case 'delete':
      return [id, own('select'), ...everyWrite, shared('ifMatch')]
  }
}

function requestBody(verb: DocumentVerb, collection: DescribedCollection): Json | undefined {
  const schema = (kind: string) => ({ $ref: `#/components/schemas/${collection.name}.${kind}` })
  switch (verb) {
    case 'create':
      return body(oneOrMany(schema('create')), {
        one: { summary: 'One document', value: exampleInput(collection) },
        many: { summary: 'Several documents', value: [exampleInput(collection)] },
      })
    case 'upsert':
      return body(oneOrMany(schema('create')), {
        many: { summary: 'Several documents', value: [{ id: exampleId, ...exampleInput(collection) }] },
      })
    case 'updateMany':
    case 'update':
      return body(schema('update'), { change: { summary: 'A change', value: exampleChange(collection) } })
    default:
      return undefined
  }
}

function oneOrMany(schema: Json): Json {
  return { oneOf: [schema, { type: 'array', items: schema }] }
}

function body(schema: Json, examples: Json): Json {
  return { required: true, content: { 'application/json': { schema, examples } } }
}

function success(verb: DocumentVerb, collection: DescribedCollection): Json {
  const document = { $ref: `#/components/schemas/${collection.name}` }
  const one = exampleDocument(collection)
  const answer = (description: string, schema: Json, example: unknown, names: readonly string[]) => ({
    description,
    headers: headerRefs(names),
    content: { 'application/json': { schema, example } },
  })
  const minimal = {
    description: 'With `Prefer: return=minimal`: done, no body.',
    headers: headerRefs([headers.commit, 'content-range']),
  }
  const notModified = {
    description: 'With `If-None-Match`: the answer is the one you have, no body.',
    headers: headerRefs(['etag']),
  }
  const list = { type: 'array', items: document }
  switch (verb) {
    case 'list':
      return {
        200: answer(
          'The documents the policy shows you.',
          list,
          [one],
          [headers.nextCursor, 'content-range', 'etag', headers.policy],
        ),
        304: notModified,
      }
    case 'get':
      return { 200: answer('The document.', document, one, ['etag']), 304: notModified }
    case 'create':
      return {
        201: answer('What was created: a list when a list was sent.', oneOrMany(document), one, [
          headers.commit,
        ]),
        204: minimal,
      }
    case 'upsert':
      return {
        200: answer(
          'What was written: a list when a list was sent.',
          oneOrMany(document),
          [one],
          [headers.commit],
        ),
        204: minimal,
      }
    case 'updateMany':
      return {
        200: answer('What was changed.', list, [one], [headers.commit, 'content-range']),
        204: minimal,
      }
    case 'deleteMany':
      return {
        200: answer('What was deleted.', list, [one], [headers.commit, 'content-range']),
        204: minimal,
      }
    case 'update':
      return {
        200: answer('The document as it is now.', document, one, [headers.commit, 'content-range', 'etag']),
        204: minimal,
      }
    case 'delete':
      return {
        200: answer('The document as it was.', document, one, [headers.commit, 'content-range']),
        204: minimal,
      }
  }
}

function headerRefs(names: readonly string[]): Json {
  return Object.fromEntries(
    [headers.requestId, ...names].map(name => [name, { $ref: `#/components/headers/${name}` }]),
  )
}

/** Headers of answers, by the name they have in the document's components. */
export const answerHeaders: Readonly<Record<string, Json>> = {
  [headers.requestId]: {
    description: "Names the request in the server's log.",
    schema: { type: 'string' },
  },
  [headers.nextCursor]: {
    description: 'Send it as `after` for the next page; absent on the last one.',
    schema: { type: 'string' },
  },
  'content-range': {
    description: 'The place of the page, and with `count` the number of documents: `0-19/170000`.',
    schema: { type: 'string' },
  },
  etag: {
    description:
      'Names this answer for `If-None-Match`, and the version of a single document for `If-Match`.',
    schema: { type: 'string' },
  },
  [headers.policy]: {
    description: 'In dev environments: how many documents the policy hid, and which clause of it.',
    schema: { type: 'string' },
  },
  [headers.commit]: {
    description: 'Names the commit; live queries tell when they have passed it.',
    schema: { type: 'string' },
  },
}
