import type { DescribedCollection, Json } from './described.ts'
import { exampleId } from './example-value.ts'
import { exampleChange, exampleInput } from './collection-schemas.ts'
import { sampleFilter } from './query-parameters.ts'

/** What a reader puts their own key in place of. */
export const keyPlaceholder = 'YOUR_KEY'

/** What can be done with documents, one kind of request each. */
export type DocumentVerb =
  'list' | 'create' | 'upsert' | 'updateMany' | 'deleteMany' | 'get' | 'update' | 'delete'

interface Sample {
  readonly lang: 'shell' | 'typescript'
  readonly label: string
  readonly source: string
}

/** What an operator puts his token in place of. */
const tokenPlaceholder = 'YOUR_TOKEN'

/** How a request shows who asks, in curl. */
const showing = {
  key: [`-H 'apikey: ${keyPlaceholder}'`],
  operator: [`-H 'authorization: Bearer ${tokenPlaceholder}'`],
  nobody: [],
} as const

interface CurlOptions {
  readonly body?: unknown
  readonly as?: keyof typeof showing
}

/** A request in curl, ready to paste. */
export function curl(method: string, url: string, { body, as = 'key' }: CurlOptions = {}): Sample {
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quote(url)}`, ...showing[as]]
  if (body !== undefined) lines.push(`-H 'content-type: application/json'`, `-d ${quote(jsonOf(body))}`)
  return { lang: 'shell', label: 'curl', source: lines.join(' \\\n  ') }
}

function jsonOf(body: unknown): string {
  const line = JSON.stringify(body)
  return line.length <= lineLength ? line : JSON.stringify(body, null, 2)
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The samples of one operation on a collection: curl, and the client library. */
export function documentSamples(verb: DocumentVerb, collection: DescribedCollection, base: string): Json[] {
  const [field, operator, value] = sampleFilter(collection)
  const filter = `${encodeURIComponent(field)}=${operator}.${encodeURIComponent(String(value))}`
  const call = `.${operator}(${literal(field)}, ${literal(value)})`
  const path = `${base}/v1/data/${collection.name}`
  const of = `box.collection(${literal(collection.name)})`
  const one = `box.doc(${literal(collection.name)}, ${literal(exampleId)})`
  const input = exampleInput(collection)
  const change = exampleChange(collection)
  const client = (code: string): Sample => ({
    lang: 'typescript',
    label: '@cloudbox/client',
    source: `${opening(base)}\n${code}`,
  })

  switch (verb) {
    case 'list':
      return plain([
        curl('GET', `${path}?${filter}&order=createdAt.desc&limit=20`),
        client(
          `const { data, error, nextCursor } = await ${of}\n  ${call}\n  .orderBy('createdAt', 'desc')\n  .limit(20)`,
        ),
        {
          lang: 'typescript',
          label: 'live',
          source: `${opening(base)}\nconst stop = ${of}\n  ${call}\n  .orderBy('createdAt', 'desc')\n  .limit(20)\n  .subscribe(({ data, changes }) => console.log(data, changes))`,
        },
      ])
    case 'get':
      return plain([
        curl('GET', `${path}/${exampleId}`),
        client(`const { data, error } = await ${one}.get()`),
      ])
    case 'create':
      return plain([
        curl('POST', path, { body: input }),
        client(`const { data, error } = await ${of}.insert(${literal(input)})`),
      ])
    case 'upsert': {
      const whole = { id: exampleId, ...input }
      return plain([
        curl('PUT', path, { body: [whole] }),
        client(`const { data, error } = await ${of}.upsert(${literal(whole)})`),
      ])
    }
    case 'updateMany':
      return plain([
        curl('PATCH', `${path}?${filter}`, { body: change }),
        client(`const { data, error } = await ${of}${call}.update(${literal(change)})`),
      ])
    case 'update':
      return plain([
        curl('PATCH', `${path}/${exampleId}`, { body: change }),
        client(`const { data, error } = await ${one}.update(${literal(change)})`),
      ])
    case 'deleteMany':
      return plain([
        curl('DELETE', `${path}?${filter}`),
        client(`const { data, error } = await ${of}${call}.delete()`),
      ])
    case 'delete':
      return plain([
        curl('DELETE', `${path}/${exampleId}`),
        client(`const { data, error } = await ${one}.delete()`),
      ])
  }
}

function opening(base: string): string {
  return `import { createClient } from '@cloudbox/client'\n\nconst box = createClient(${literal(base)}, '${keyPlaceholder}')`
}

function plain(samples: readonly Sample[]): Json[] {
  return samples.map(sample => ({ ...sample }))
}

/** What is longer is broken up, a part on each line. */
const lineLength = 60

/** A value as TypeScript people write it. */
function literal(value: unknown): string {
  if (typeof value === 'string')
    return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const parts = Object.entries(value).map(
    ([name, part]) => `${/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name)}: ${literal(part)}`,
  )
  const line = `{ ${parts.join(', ')} }`
  if (line.length <= lineLength) return parts.length === 0 ? '{}' : line
  return `{\n${parts.map(part => `  ${part},\n`).join('')}}`
}
