import { headers } from '@cloudbox/protocol/http'
import type { Access, Route } from '../../kernel/route.ts'
import { curl } from './code-samples.ts'
import type { Json } from './described.ts'
import { plainSchema } from './plain-schema.ts'

/** The path of a route as OpenAPI writes it: `/data/$collections/{name}`. */
export function templatePath(path: string): string {
  return path.replaceAll(/:(\$?\w+)/g, '{$1}')
}

/** What the contract says of it, and what it takes to call it. */
export function descriptionOf({ description, permission }: Route['contract']): { description?: string } {
  const needs =
    permission === undefined
      ? undefined
      : permission === 'signed-in'
        ? 'Every operator may.'
        : `Operators and keys with a scope need the permission \`${permission}\`.`
  const text = [description, needs].filter(part => part !== undefined).join('\n\n')
  return text === '' ? {} : { description: text }
}

/** The word a route belongs to: its first path segment. */
export function wordOf(path: string): string {
  return path.split('/')[1] ?? ''
}

/** What it takes to call an endpoint, where that is not what the document says for all. */
const security: Readonly<Record<Access, Json>> = {
  anyone: { security: [] },
  key: {},
  secret: { security: [{ secretKey: [] }] },
  operator: { security: [{ operatorToken: [] }] },
}

/** An operation written from its route alone. */
export function plainOperation(
  { method, path, contract }: Route,
  base: string,
  problems: Readonly<Record<string, Json>>,
): Json {
  const { summary, access, scope, body, query, reply } = contract
  const template = templatePath(path)
  const parameters = [...pathParameters(template), ...queryParameters(plainSchema(query))]
  return {
    operationId: [...template.split('/').filter(part => part !== ''), method.toLowerCase()]
      .map(part => part.replaceAll(/[^\w-]/g, ''))
      .join('.'),
    tags: [wordOf(path)],
    summary,
    ...descriptionOf(contract),
    ...security[access],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(plainSchema(body)) }),
    responses: {
      // A contract does not tell which of 200, 201 and 204 it is.
      '2XX': {
        description: 'Done.',
        headers: { [headers.requestId]: { $ref: `#/components/headers/${headers.requestId}` } },
        ...(reply === undefined ? {} : { content: { 'application/json': { schema: plainSchema(reply) } } }),
      },
      ...problems,
    },
    'x-codeSamples': [
      curl(method, `${base}/v1${template}`, {
        ...(body === undefined ? {} : { body: sampleOf(plainSchema(body)) }),
        as: scope !== 'platform' ? 'key' : access === 'anyone' ? 'nobody' : 'operator',
      }),
    ],
  }
}

function requestBody(schema: unknown): Json {
  return { required: true, content: { 'application/json': { schema, example: sampleOf(schema) } } }
}

function pathParameters(template: string): Json[] {
  return [...template.matchAll(/\{([^}]+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(query: unknown): Json[] {
  const { properties = {}, required = [] } = (query ?? {}) as {
    properties?: Record<string, Json>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    ...(required.includes(name) ? { required: true } : {}),
    schema,
  }))
}

/** The schema's own example, else the smallest value it takes. */
function sampleOf(schema: unknown): unknown {
  const {
    type,
    properties = {},
    required = [],
    enum: options,
    anyOf,
    examples,
  } = schema as {
    type?: string
    properties?: Record<string, unknown>
    required?: readonly string[]
    enum?: readonly unknown[]
    anyOf?: readonly unknown[]
    examples?: readonly unknown[]
  }
  if (examples !== undefined) return examples[0]
  if (options !== undefined) return options[0]
  if (anyOf !== undefined) return sampleOf(anyOf[0])
  switch (type) {
    case 'object':
      return Object.fromEntries(required.map(name => [name, sampleOf(properties[name])]))
    case 'array':
      return []
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return true
    default:
      return 'text'
  }
}
