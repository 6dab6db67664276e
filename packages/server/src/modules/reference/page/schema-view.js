// @ts-check
import { h } from './dom.js'
import { inline } from './markdown.js'

/**
 * Follows a `$ref`.
 *
 * @param {any} api the OpenAPI document
 * @param {any} value
 * @returns {any}
 */
export function resolve(api, value) {
  if (typeof value?.$ref !== 'string') return value
  return value.$ref
    .slice(2)
    .split('/')
    .reduce((/** @type {any} */ part, /** @type {string} */ name) => part?.[name.replaceAll('~1', '/')], api)
}

/**
 * The object a schema is about: itself, what `oneOf` offers first, or the element of an array.
 *
 * @param {any} api
 * @param {any} schema
 * @returns {any}
 */
export function objectOf(api, schema) {
  const found = resolve(api, schema)
  if (found?.oneOf) return objectOf(api, found.oneOf[0])
  if (found?.type === 'array') return objectOf(api, found.items)
  return found
}

/**
 * The fields of an object, one row each. What a body has to have is marked; what an answer may lack, too.
 *
 * @param {any} schema
 * @param {'body' | 'answer'} use
 */
export function fieldsView(schema, use) {
  const required = new Set(schema?.required ?? [])
  const rows = Object.entries(schema?.properties ?? {}).map(([name, field]) =>
    h(
      'li',
      {},
      h(
        'div',
        {},
        h('code.name', {}, name),
        ' ',
        h('span.type', {}, typeText(field)),
        use === 'body' && required.has(name) && h('span.must', {}, 'required'),
        use === 'answer' && [field.type].flat().includes('null') && h('span.tag', {}, 'or null'),
        field.readOnly && h('span.tag', {}, 'read only'),
      ),
      field.description && h('p', {}, ...inline(field.description)),
      ...rules(field),
    ),
  )
  if (schema?.additionalProperties === true) rows.push(h('li', {}, h('em', {}, 'any further field')))
  return h('ul.fields', {}, ...rows)
}

/**
 * @param {any} field
 * @returns {string}
 */
export function typeText(field) {
  const types = [field.type ?? 'any'].flat().filter(type => type !== 'null')
  if (types[0] === 'array') return `list of ${typeText(field.items ?? {})}`
  return field.format && types[0] === 'string' ? field.format : types.join(' or ')
}

/** @param {any} field */
function rules(field) {
  const shown = [
    field.enum && `one of ${field.enum.filter((/** @type {any} */ value) => value !== null).join(', ')}`,
    field.default !== undefined && `default ${JSON.stringify(field.default)}`,
    range(field.minimum, field.maximum, ''),
    range(field.minLength, field.maxLength, ' characters'),
    range(field.minItems, field.maxItems, ' elements'),
    field.pattern && `matches ${field.pattern}`,
  ].filter(Boolean)
  return shown.length === 0 ? [] : [h('p.rules', {}, shown.join(' · '))]
}

/**
 * @param {number | undefined} min
 * @param {number | undefined} max
 * @param {string} unit
 */
function range(min, max, unit) {
  if (min === undefined && max === undefined) return ''
  if (max === undefined) return `from ${min}${unit}`
  return min === undefined ? `up to ${max}${unit}` : `${min} to ${max}${unit}`
}
