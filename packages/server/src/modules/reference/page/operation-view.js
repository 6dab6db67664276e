// @ts-check
import { h } from './dom.js'
import { inline, markdown } from './markdown.js'
import { samplesView } from './samples.js'
import { fieldsView, objectOf, resolve } from './schema-view.js'
import { tryIt } from './try-it.js'

/**
 * One operation: what it does, takes and answers at the left; examples and "try it" at the right.
 *
 * @param {any} api the OpenAPI document
 * @param {{ method: string, path: string, operation: any }} entry
 * @returns {HTMLElement}
 */
export function operationView(api, entry) {
  const { method, path, operation } = entry
  const bodySchema = operation.requestBody?.content?.['application/json']?.schema
  const answers = Object.entries(operation.responses).map(([status, answer]) => ({
    status,
    ...resolve(api, answer),
  }))
  const schema = answers.map(answer => answer.content?.['application/json']?.schema).find(Boolean)
  return h(
    'article.operation',
    {},
    h(
      'header',
      {},
      h('h1', {}, operation.summary),
      h('p.address', {}, methodBadge(method), h('code', {}, path)),
    ),
    h(
      'div.halves',
      {},
      h(
        'div',
        {},
        ...(operation.description ? markdown(operation.description) : []),
        bodySchema && h('section', {}, h('h2', {}, 'Body'), fieldsView(objectOf(api, bodySchema), 'body')),
        schema && h('section', {}, h('h2', {}, 'Answer'), fieldsView(objectOf(api, schema), 'answer')),
        h('section', {}, h('h2', {}, 'Answers by status'), h('ul.answers', {}, ...answers.map(answerView))),
      ),
      h('div.side', {}, samplesView(operation['x-codeSamples'] ?? []), tryIt(api, entry)),
    ),
  )
}

/** @param {string} method */
export function methodBadge(method) {
  return h(`span.method.${method.toLowerCase()}`, {}, method === 'DELETE' ? 'DEL' : method)
}

/** @param {any} answer */
function answerView({ status, description }) {
  const lines = String(description).split('\n\n')
  const isGood = status.startsWith('2')
  return h(
    'li',
    {},
    h(`strong.${isGood ? 'good' : 'bad'}`, {}, status),
    h('div', {}, ...lines.map(line => h('p', {}, ...inline(line)))),
  )
}
