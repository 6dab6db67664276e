// @ts-check
import { Refused, SignedOut } from './api.js'
import { h } from './dom.js'

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} [type]
 * @property {string} [hint]
 * @property {string} [autocomplete]
 * @property {string} [value]
 * @property {string} [placeholder]
 * @property {boolean} [optional]
 * @property {boolean} [readonly]
 * @property {string} [inputmode]
 * @property {[value: string, label: string][]} [options] choices instead of a text
 */

/**
 * A form that says what is wrong at the field it is wrong at.
 *
 * @param {object} options
 * @param {Field[]} options.fields
 * @param {string} options.label of the button
 * @param {string} options.busy what the button says meanwhile
 * @param {Record<string, string>} [options.fieldOf] which field a problem is about, by its code
 * @param {(values: Record<string, string>) => Promise<void>} options.act
 * @param {string} [options.kind] class of the form
 */
export function form({ fields, label, busy, fieldOf = {}, act, kind = 'stacked' }) {
  const button = /** @type {HTMLButtonElement} */ (h('button.primary', { type: 'submit' }, label))
  const alert = h('div.alert', { role: 'alert' })
  const rows = new Map(fields.map(field => [field.name, row(field)]))
  const elements = [...rows.values()].map(({ element }) => element)
  const made = /** @type {HTMLFormElement} */ (h(`form.${kind}`, { novalidate: true }, ...elements))
  made.append(button, alert)

  made.addEventListener('submit', async event => {
    event.preventDefault()
    if (button.disabled) return
    alert.replaceChildren()
    for (const { say, input } of rows.values()) say(mistakeOf(input))
    if (focusMistake()) return
    button.disabled = true
    button.textContent = busy
    try {
      await act(Object.fromEntries([...rows].map(([name, { input }]) => [name, valueOf(input)])))
    } catch (error) {
      explain(error)
    }
    button.disabled = false
    button.textContent = label
    focusMistake()
  })
  return made

  /** @param {unknown} error */
  function explain(error) {
    if (error instanceof SignedOut) throw error
    if (!(error instanceof Refused)) return alert.replaceChildren(...trouble(error))
    let isPlaced = false
    for (const { at, message, hint } of error.errors) {
      const found = rows.get(at.replace(/^\//, ''))
      if (found === undefined) continue
      found.say([message, hint].filter(Boolean).join(' '))
      isPlaced = true
    }
    const field = rows.get(fieldOf[error.code] ?? '')
    if (!isPlaced && field !== undefined) field.say([error.message, error.hint].filter(Boolean).join(' '))
    else if (!isPlaced) alert.replaceChildren(...trouble(error))
  }

  function focusMistake() {
    const wrong = [...rows.values()].find(({ input }) => input.getAttribute('aria-invalid') === 'true')
    wrong?.input.focus()
    return wrong !== undefined
  }
}

/** What was refused: what happened, what to do, and the code that stays the same. @param {unknown} error @returns {Node[]} */
export function trouble(error) {
  if (!(error instanceof Refused)) return [h('p', {}, error instanceof Error ? error.message : String(error))]
  return [
    h('p', {}, error.message, error.hint ? ` ${error.hint}` : ''),
    ...(error.code === '' ? [] : [h('code', {}, error.code)]),
  ]
}

/** @param {Field} field */
function row({ name, label, hint, options, optional = false, value, ...attributes }) {
  const id = `field-${name}`
  const input = /** @type {HTMLInputElement} */ (
    options === undefined
      ? h('input', { id, name, type: 'text', required: !optional, maxlength: 320, value, ...attributes })
      : h(
          'select',
          { id, name },
          ...options.map(([option, text]) =>
            h('option', { value: option, selected: option === value }, text),
          ),
        )
  )
  const mistake = h('span.mistake', { id: `${id}-mistake` })
  const help = h('span.hint', { id: `${id}-hint` }, hint)
  input.setAttribute('aria-describedby', `${id}-mistake${hint === undefined ? '' : ` ${id}-hint`}`)
  /** @param {string} text */
  const say = text => {
    mistake.textContent = text
    if (text === '') input.removeAttribute('aria-invalid')
    else input.setAttribute('aria-invalid', 'true')
  }
  input.addEventListener('input', () => say(''))
  const optionalMark = optional ? h('span.optional', {}, 'optional') : null
  const element = h(
    'div.field',
    {},
    h('label', { for: id }, label, optionalMark),
    input,
    mistake,
    hint !== undefined && help,
  )
  return { element, input, say }
}

/** Spaces around a password belong to it. @param {HTMLInputElement} input */
const valueOf = ({ type, value }) => (type === 'password' ? value : value.trim())

/** @param {HTMLInputElement} input */
function mistakeOf({ validity, type }) {
  if (validity.valueMissing) return 'This is needed.'
  if (type === 'email' && validity.typeMismatch) return 'This is not an e-mail address.'
  return ''
}
