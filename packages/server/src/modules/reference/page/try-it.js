// @ts-check
import { copyButton, h } from './dom.js'
import { keyHeaders, readKeys } from './keys.js'
import { inline } from './markdown.js'
import { objectOf, resolve } from './schema-view.js'

/**
 * A form that sends the operation to this very server and shows the answer.
 *
 * @param {any} api the OpenAPI document
 * @param {{ method: string, path: string, operation: any }} entry
 */
export function tryIt(api, { method, path, operation }) {
  const parameters = (operation.parameters ?? []).map((/** @type {any} */ parameter) =>
    resolve(api, parameter),
  )
  const filters = parameters.filter(isFilter)
  const others = parameters.filter((/** @type {any} */ parameter) => !isFilter(parameter))
  const content = operation.requestBody?.content?.['application/json']
  const body =
    content && h('textarea', { rows: '8', spellcheck: 'false', name: 'body', 'aria-label': 'Body, JSON' })
  if (body instanceof HTMLTextAreaElement) body.value = JSON.stringify(bodyExample(api, content), null, 2)

  const result = h('div.result', { 'aria-live': 'polite' })
  const send = h('button.primary', { type: 'submit' }, 'Send')
  const form = h(
    'form.card.try',
    {
      'aria-label': 'Try it',
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault()
        void run()
      },
    },
    h('h3', {}, 'Try it'),
    ...others.map((/** @type {any} */ parameter) => field(parameter)),
    filters.length > 0 &&
      h(
        'details',
        {},
        h('summary', {}, `Filters on ${filters.length} fields`),
        ...filters.map((/** @type {any} */ parameter) => field(parameter)),
      ),
    body && h('label', {}, h('span', {}, 'Body'), body),
    h(
      'div.row',
      {},
      send,
      copyButton(() => curlOf(request()), 'Copy as curl'),
    ),
    result,
  )

  /** @returns {{ method: string, url: string, headers: Record<string, string>, body: string | undefined }} */
  function request() {
    let filled = path
    const query = new URLSearchParams()
    /** @type {Record<string, string>} */
    const headers = keyHeaders(readKeys())
    for (const input of form.querySelectorAll('[data-in]')) {
      if (!(input instanceof HTMLInputElement || input instanceof HTMLSelectElement)) continue
      const value = input.value.trim()
      if (input.dataset.in === 'path') filled = filled.replace(`{${input.name}}`, encodeURIComponent(value))
      else if (value === '') continue
      else if (input.dataset.in === 'header') headers[input.name.toLowerCase()] = value
      else query.append(input.name, value)
    }
    if (body) headers['content-type'] = 'application/json'
    const search = query.size === 0 ? '' : `?${query}`
    return {
      method,
      url: `${api.servers[0].url}${filled}${search}`,
      headers,
      body: body instanceof HTMLTextAreaElement ? body.value : undefined,
    }
  }

  async function run() {
    const { url, ...init } = request()
    send.setAttribute('disabled', '')
    const start = performance.now()
    try {
      const answer = await fetch(url, { ...init, body: init.body ?? null, cache: 'no-store' })
      const text = await answer.text()
      const took = Math.round(performance.now() - start)
      result.replaceChildren(...answerView(answer, text, took))
    } catch (error) {
      result.replaceChildren(
        h('p.status.bad', {}, `No answer: ${error instanceof Error ? error.message : error}`),
      )
    }
    send.removeAttribute('disabled')
    result.scrollIntoView({ block: 'nearest' })
  }

  return form
}

/** @param {any} parameter */
function isFilter(parameter) {
  return (
    parameter.in === 'query' &&
    typeof parameter.description === 'string' &&
    parameter.description.startsWith('Filter on')
  )
}

/** @param {any} parameter */
function field(parameter) {
  const { name, schema = {}, description, required, example } = parameter
  const attributes = {
    name,
    'data-in': parameter.in,
    required: required === true,
    spellcheck: 'false',
    autocomplete: 'off',
  }
  const input = schema.enum
    ? h(
        'select',
        attributes,
        h('option', { value: '' }, ''),
        ...schema.enum.map((/** @type {string} */ value) => h('option', {}, value)),
      )
    : h('input', { ...attributes, placeholder: example ?? schema.default ?? '' })
  return h(
    'label',
    {},
    h('span', {}, name, required === true && h('em', {}, ' required')),
    input,
    description && h('small', {}, ...inline(description)),
  )
}

/**
 * @param {any} api
 * @param {any} content
 */
function bodyExample(api, content) {
  const [first] = Object.values(content.examples ?? {})
  if (first !== undefined) return first.value
  if (content.example !== undefined) return content.example
  return objectOf(api, content.schema)?.examples?.[0] ?? {}
}

/**
 * @param {Response} answer
 * @param {string} text
 * @param {number} took
 */
function answerView(answer, text, took) {
  const shownHeaders = [...answer.headers].filter(
    ([name]) => name.startsWith('x-') || name === 'content-range',
  )
  return [
    h(
      `p.status.${answer.ok ? 'good' : 'bad'}`,
      {},
      h('strong', {}, `${answer.status} ${answer.statusText}`),
      h('span', {}, ` ${took} ms · ${new Intl.NumberFormat().format(text.length)} characters`),
    ),
    h('dl', {}, ...shownHeaders.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    text !== '' && h('pre', { tabindex: '0' }, ...colored(pretty(text))),
  ].filter(part => part instanceof HTMLElement)
}

/** @param {string} text */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** Larger answers are shown plain: colours cost an element each. */
const mostColored = 50_000

/**
 * @param {string} json
 * @returns {(Node | string)[]}
 */
function colored(json) {
  if (json.length > mostColored) return [json]
  return json.split(/("(?:[^"\\]|\\.)*"(?:\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*)/).map(part => {
    if (part.startsWith('"')) return h(part.endsWith(':') ? 'span.name' : 'span.text', {}, part)
    return /^[-\dtfn]/.test(part) ? h('span.value', {}, part) : part
  })
}

/** @param {{ method: string, url: string, headers: Record<string, string>, body: string | undefined }} request */
function curlOf({ method, url, headers, body }) {
  const quote = (/** @type {string} */ text) => `'${text.replaceAll("'", `'\\''`)}'`
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quote(url)}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quote(`${name}: ${value}`)}`)
  if (body !== undefined) lines.push(`-d ${quote(body)}`)
  return lines.join(' \\\n  ')
}
