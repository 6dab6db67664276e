import type { Route } from '../../kernel/route.ts'
import { createSchema, documentSchema, updateSchema } from './collection-schemas.ts'
import type { DescribedCollection, DescribedCollections, Json, Reader } from './described.ts'
import { answerHeaders, documentOperation, documentPath, mayCall, verbOf } from './document-operation.ts'
import type { Sight } from './field-schema.ts'
import { introduction } from './introduction.ts'
import { descriptionOf, plainOperation, templatePath, wordOf } from './plain-operation.ts'
import { problemSchema, ProblemResponses, problemsOf } from './problem-responses.ts'
import { collectionParameters, sharedParameters } from './query-parameters.ts'

export interface OpenApiOptions {
  readonly environment: { readonly project: string; readonly name: string }
  /** Address of the environment, e.g. `http://localhost:8090/demo/dev`. */
  readonly base: string
  readonly routes: readonly Route[]
  readonly collections: DescribedCollections
  /** Only what this reader's key can call is told. */
  readonly reader: Reader
}

/** One environment's manual as an OpenAPI 3.1 document: its own address, its own collections. Equal input, equal text. */
export function openApi({ environment, base, routes, collections, reader }: OpenApiOptions): Json {
  const told = routes.filter(({ contract }) => isTold(contract, reader))
  const sorted = [...collections.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const problems = new ProblemResponses()
  const paths: Record<string, Json> = {}
  const add = (path: string, method: string, operation: Json): void => {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }

  const generic = told.filter(route => verbOf(route) !== undefined)
  const open = sorted.filter(collection => generic.some(route => mayCall(verbOf(route)!, collection, reader)))
  for (const collection of open) {
    for (const route of generic) {
      const verb = verbOf(route)!
      if (!mayCall(verb, collection, reader)) continue
      const answers = problems.of(problemsOf(route))
      const { description } = descriptionOf(route.contract)
      const operation = documentOperation({ verb, collection, description, base, problems: answers })
      add(documentPath(route.path, collection), route.method, operation)
    }
  }
  const others = told.filter(route => verbOf(route) === undefined)
  for (const route of others) {
    add(templatePath(route.path), route.method, plainOperation(route, base, problems.of(problemsOf(route))))
  }

  const words = [...new Set(others.map(({ path }) => wordOf(path)))]
  return {
    openapi: '3.1.0',
    info: {
      title: `${environment.project}/${environment.name}`,
      version: 'v1',
      summary: 'The API of one CloudBox environment.',
      description: introduction(base, (open.find(({ system }) => system === undefined) ?? open[0])?.name),
    },
    servers: [{ url: `${base}/v1`, description: `${environment.project}/${environment.name}` }],
    security: [{ publishableKey: [] }, { publishableKey: [], userToken: [] }, { secretKey: [] }],
    tags: [
      ...open.map(collection => ({ name: collection.name, description: describe(collection) })),
      ...words.filter(word => !open.some(({ name }) => name === word)).map(name => ({ name })),
    ],
    paths,
    components: {
      securitySchemes,
      schemas: {
        'cloudbox-problem': problemSchema,
        ...schemasOf(open, paths, { reader, known: new Set(open.map(({ name }) => name)) }),
      },
      parameters: {
        ...Object.fromEntries(
          Object.entries(sharedParameters).map(([name, parameter]) => [`query-${name}`, parameter]),
        ),
        ...Object.fromEntries(
          open.flatMap(collection =>
            Object.entries(collectionParameters(collection)).map(([name, parameter]) => [
              `${collection.name}.${name}`,
              parameter,
            ]),
          ),
        ),
      },
      headers: answerHeaders,
      responses: problems.responses,
      examples: problems.examples,
    },
  }
}

function describe({ name, flexible, system }: DescribedCollection): string {
  const owned = system === undefined ? '' : ` Made and deleted by ${system.owner} alone.`
  return `Documents of \`${name}\`.${flexible ? ' Flexible: unknown fields are kept.' : ''}${owned}`
}

/** Endpoints of this environment that the reader's key can call. */
function isTold({ scope = 'environment', hidden, access }: Route['contract'], reader: Reader): boolean {
  return scope === 'environment' && hidden !== true && (access !== 'secret' || reader === 'secret')
}

/** A collection that can only be read is not described as it is written. */
function schemasOf(
  collections: readonly DescribedCollection[],
  paths: Readonly<Record<string, Json>>,
  sight: Sight,
): Json {
  return Object.fromEntries(
    collections.flatMap(collection => {
      const { name } = collection
      const many = paths[`/data/${name}`] ?? {}
      const one = paths[`/data/${name}/{id}`] ?? {}
      const schemas: [string, Json][] = [[name, documentSchema(collection, sight)]]
      if ('post' in many || 'put' in many) schemas.push([`${name}.create`, createSchema(collection, sight)])
      if ('patch' in many || 'patch' in one) schemas.push([`${name}.update`, updateSchema(collection, sight)])
      return schemas
    }),
  )
}

const securitySchemes: Json = {
  publishableKey: {
    type: 'apiKey',
    in: 'header',
    name: 'apikey',
    description: 'The publishable key `cb_pub_…`: policies decide what it may do.',
  },
  userToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The token of a signed-in user, beside the publishable key.',
  },
  secretKey: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'cb_secret_…',
    description: 'The secret key: passes every policy. On servers only.',
  },
}
