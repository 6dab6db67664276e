export const apiOperations = ['list', 'get', 'insert', 'update', 'delete', 'subscribe'] as const
export type ApiOperation = (typeof apiOperations)[number]

export const languages = ['cURL', 'JavaScript', 'React', 'Vue', 'Svelte'] as const
export type Language = (typeof languages)[number]

/** What a snippet is about. */
export interface SnippetFacts {
  /** Of the environment. */
  readonly url: string
  readonly publishableKey: string
  readonly collection: string
  readonly id: string
  /** What is inserted, or changed. */
  readonly body: Readonly<Record<string, unknown>>
}

/** One request of the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/v1`. */
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
}

/** What an operation sends; a live query begins with what a list answers. */
export function requestOf(
  operation: ApiOperation,
  { collection, id, body }: Pick<SnippetFacts, 'collection' | 'id' | 'body'>,
): ApiRequest {
  const all = `/data/${collection}`
  const one = `${all}/${encodeURIComponent(id)}`
  switch (operation) {
    case 'list':
    case 'subscribe':
      return { method: 'GET', path: `${all}?order=createdAt.desc&limit=20` }
    case 'get':
      return { method: 'GET', path: one }
    case 'insert':
      return { method: 'POST', path: all, body }
    case 'update':
      return { method: 'PATCH', path: one, body }
    case 'delete':
      return { method: 'DELETE', path: one }
  }
}

/** Code that does it, with this environment's own address, key and names. */
export function snippetOf(language: Language, operation: ApiOperation, facts: SnippetFacts): string {
  switch (language) {
    case 'cURL':
      return curl(operation, facts)
    case 'JavaScript':
      return javascript(operation, facts)
    case 'React':
      return react(operation, facts)
    case 'Vue':
      return vue(operation, facts)
    case 'Svelte':
      return svelte(operation, facts)
  }
}

function curl(operation: ApiOperation, facts: SnippetFacts): string {
  const { url, publishableKey, collection } = facts
  if (operation === 'subscribe') {
    const events = `${url}/v1/realtime/events?coll=${collection}&q=${encodeURIComponent('order=createdAt.desc&limit=20')}`
    return `# Changes as they happen, as server-sent events\ncurl -N ${shell(events)} \\\n  -H ${shell(`apikey: ${publishableKey}`)}`
  }
  const { method, path, body } = requestOf(operation, facts)
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${shell(`${url}/v1${path}`)}`,
    `  -H ${shell(`apikey: ${publishableKey}`)}`,
    ...(body === undefined
      ? []
      : [`  -H 'content-type: application/json'`, `  -d ${shell(JSON.stringify(body))}`]),
  ].join(' \\\n')
}

const shell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

function clientOf({ url, publishableKey }: SnippetFacts): string {
  return `import { createClient } from '@cloudbox/client'\n\nconst box = createClient(${text(url)}, ${text(publishableKey)})`
}

const text = (value: string): string => `'${value.replaceAll(/['\\]/g, '\\$&')}'`

/** A value as code has it. */
function literal(value: unknown, indent = ''): string {
  if (typeof value === 'string') return text(value).replaceAll('\n', '\\n')
  if (Array.isArray(value)) return `[${value.map(one => literal(one)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value).map(
    ([name, one]) => `${/^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name)}: ${literal(one)}`,
  )
  const line = `{ ${entries.join(', ')} }`
  if (entries.length === 0) return '{}'
  return line.length <= 60 ? line : `{\n${entries.map(one => `${indent}  ${one},\n`).join('')}${indent}}`
}

/** The call without its `await`. */
function callOf(operation: ApiOperation, { collection, id, body }: SnippetFacts, indent = ''): string {
  const all = `box.collection(${text(collection)})`
  const one = `box.doc(${text(collection)}, ${text(id)})`
  switch (operation) {
    case 'list':
    case 'subscribe':
      return `${all}.orderBy('createdAt', 'desc').limit(20)`
    case 'get':
      return `${one}.get()`
    case 'insert':
      return `${all}.insert(${literal(body, indent)})`
    case 'update':
      return `${one}.update(${literal(body, indent)})`
    case 'delete':
      return `${one}.delete()`
  }
}

const isWrite = (operation: ApiOperation): boolean =>
  operation === 'insert' || operation === 'update' || operation === 'delete'

function javascript(operation: ApiOperation, facts: SnippetFacts): string {
  const call = callOf(operation, facts)
  const use =
    operation === 'subscribe'
      ? `const stop = ${call}.subscribe(({ data }) => {\n  console.log(data)\n})\n// later: stop()`
      : `const { data, error } = await ${call}\nif (error) throw error\nconsole.log(data)`
  return `${clientOf(facts)}\n\n${use}\n`
}

function react(operation: ApiOperation, facts: SnippetFacts): string {
  const { collection } = facts
  const name = collection.charAt(0).toUpperCase() + collection.slice(1)
  const head = clientOf(facts).replace('\n\n', `\nimport { useEffect, useState } from 'react'\n\n`)
  if (isWrite(operation))
    return `${clientOf(facts)}

export function ${name}Button() {
  async function ${operation}() {
    const { error } = await ${callOf(operation, facts, '    ')}
    if (error) alert(error.message)
  }
  return <button onClick={${operation}}>${labelOf(operation)}</button>
}
`
  const call = callOf(operation, facts)
  const effect =
    operation === 'subscribe'
      ? `useEffect(() => ${call}.subscribe(({ data }) => setRows(data)), [])`
      : `useEffect(() => {\n    void ${call}.then(({ data }) => ${operation === 'get' ? 'setRow(data)' : 'setRows(data ?? [])'})\n  }, [])`
  return operation === 'get'
    ? `${head}\n\nexport function ${name}() {\n  const [row, setRow] = useState(null)\n  ${effect}\n  return <pre>{JSON.stringify(row, null, 2)}</pre>\n}\n`
    : `${head}

export function ${name}() {
  const [rows, setRows] = useState([])
  ${effect}
  return <ul>{rows.map(row => <li key={row.id}>{JSON.stringify(row)}</li>)}</ul>
}
`
}

function vue(operation: ApiOperation, facts: SnippetFacts): string {
  const call = callOf(operation, facts)
  if (isWrite(operation))
    return `<script setup>
${clientOf(facts)}

async function run() {
  const { error } = await ${callOf(operation, facts, '  ')}
  if (error) alert(error.message)
}
</script>

<template>
  <button @click="run">${labelOf(operation)}</button>
</template>
`
  const isOne = operation === 'get'
  const use =
    operation === 'subscribe'
      ? `const stop = ${call}.subscribe(({ data }) => (rows.value = data))\nonUnmounted(stop)`
      : `const { data } = await ${call}\n${isOne ? 'row.value = data' : 'rows.value = data ?? []'}`
  const imports = operation === 'subscribe' ? 'onUnmounted, shallowRef' : 'shallowRef'
  return `<script setup>
${clientOf(facts).replace('\n\n', `\nimport { ${imports} } from 'vue'\n\n`)}

const ${isOne ? 'row = shallowRef(null)' : 'rows = shallowRef([])'}
${use}
</script>

<template>
  ${isOne ? '<pre>{{ row }}</pre>' : '<ul><li v-for="row in rows" :key="row.id">{{ row }}</li></ul>'}
</template>
`
}

function svelte(operation: ApiOperation, facts: SnippetFacts): string {
  const indented = (code: string) => code.replaceAll(/^(?=.)/gm, '  ')
  const call = callOf(operation, facts)
  if (isWrite(operation))
    return `<script>
${indented(clientOf(facts))}

  async function run() {
    const { error } = await ${callOf(operation, facts, '    ')}
    if (error) alert(error.message)
  }
</script>

<button onclick={run}>${labelOf(operation)}</button>
`
  if (operation === 'subscribe')
    return `<script>
${indented(clientOf(facts))}

  let rows = $state.raw([])
  $effect(() => ${call}.subscribe(({ data }) => (rows = data)))
</script>

<ul>
  {#each rows as row (row.id)}<li>{JSON.stringify(row)}</li>{/each}
</ul>
`
  return `<script>
${indented(clientOf(facts))}
</script>

{#await ${call} then { data, error }}
  {#if error}<p>{error.message}</p>{:else}<pre>{JSON.stringify(data, null, 2)}</pre>{/if}
{/await}
`
}

const labelOf = (operation: ApiOperation): string => operation.charAt(0).toUpperCase() + operation.slice(1)
