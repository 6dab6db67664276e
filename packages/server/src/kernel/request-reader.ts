import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import type { TSchema } from 'typebox'
import { httpProblems } from '@cloudbox/protocol/http'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { Problem } from './problem.ts'
import type { Contract } from './route.ts'

/** The parts of a request that are read from its address and body. */
export interface ReadParts {
  readonly queryText: string
  readonly query: never
  readonly body: never
}

/** Makes the reader of one contract: parses and checks once-compiled; every mistake is told with its place. */
export function requestReader(contract: Contract): (url: string, body: unknown) => ReadParts {
  const parseBody = contract.bodyText === true ? readText : contract.form === true ? readForm : parseJson
  const checkQuery = contract.query === undefined ? undefined : checker(contract.query, '?')
  const checkBody = contract.body === undefined ? undefined : checker(contract.body, '')
  return (url, sent) => {
    const at = url.indexOf('?')
    const queryText = at === -1 ? '' : url.slice(at + 1)
    const body = parseBody(sent)
    if (checkBody !== undefined) checkBody(body)
    let query: unknown
    if (checkQuery !== undefined) checkQuery((query = Object.fromEntries(new URLSearchParams(queryText))))
    return { queryText, query: query as never, body: body as never }
  }
}

function readText(sent: unknown): string {
  if (sent instanceof URLSearchParams)
    throw new Problem(httpProblems['unsupported-media-type'], 'The body is not application/json.')
  return typeof sent === 'string' ? sent : ''
}

function parseJson(sent: unknown): unknown {
  const text = readText(sent)
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Problem(httpProblems['bad-json'], `The body is not valid JSON: ${(error as Error).message}`)
  }
}

function readForm(body: unknown): unknown {
  if (body instanceof URLSearchParams) return Object.fromEntries(body)
  throw new Problem(httpProblems['unsupported-media-type'], 'The body is not a form.', {
    hint: 'Send content-type: application/x-www-form-urlencoded.',
  })
}

/** What is most said about one request; more would only hide the first. */
const mistakesShown = 20

function checker(schema: TSchema, prefix: string): (value: unknown) => void {
  const compiled = Compile(schema)
  return value => {
    if (compiled.Check(value)) return
    const errors = withoutAlternatives(compiled.Errors(value))
      .flatMap(error => describe(error, prefix))
      .slice(0, mistakesShown)
    const first = errors[0]!
    const place = value === undefined ? 'The body is missing.' : `${first.at} ${first.message}.`
    throw new Problem(httpProblems['invalid-request'], place, { errors })
  }
}

/** Where null is one way out and something else is wrong, that is what there is to say. */
function withoutAlternatives(errors: TLocalizedValidationError[]): TLocalizedValidationError[] {
  const isAlternative = ({ keyword, params }: TLocalizedValidationError) =>
    keyword === 'anyOf' || (keyword === 'type' && 'type' in params && params.type === 'null')
  const told = new Set(errors.filter(error => !isAlternative(error)).map(error => error.instancePath))
  return errors.filter(error => !isAlternative(error) || !told.has(error.instancePath))
}

function describe(error: TLocalizedValidationError, prefix: string): ProblemDetail[] {
  const at = (path: string) => `${prefix}${path}` || '/'
  // Said again, better, by additionalProperties.
  if (error.keyword === 'boolean') return []
  if (error.keyword === 'additionalProperties') {
    const names: string[] = error.params.additionalProperties
    return names.map(name => ({ at: at(`${error.instancePath}/${name}`), message: 'is not known here' }))
  }
  return [{ at: at(error.instancePath), message: error.message }]
}
