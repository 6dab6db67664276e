// @ts-check
import { h } from './dom.js'
import { isSecret, keepKeys, readKeys } from './keys.js'

/**
 * Asks for the reader's keys.
 *
 * @param {() => void} changed
 */
export function keyForm(changed) {
  const { key, token } = readKeys()
  const keyInput = input('key', key, 'cb_pub_…')
  const tokenInput = input('token', token, 'eyJ…')
  const warning = h('p.hint', {})
  const warn = () => {
    warning.textContent = isSecret(keyInput.value)
      ? 'This is a secret key: it passes every policy. It stays in this tab until you close it.'
      : 'Kept in this tab only, until you close it.'
  }
  keyInput.addEventListener('input', warn)
  warn()
  return h(
    'form.card.keys',
    {
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault()
        keepKeys({ key: keyInput.value.trim(), token: tokenInput.value.trim() })
        changed()
      },
    },
    h('h2', {}, 'Your key'),
    h(
      'p',
      {},
      'The manual tells what your key can call: with the publishable key what policies open, with the secret key everything.',
    ),
    h('label', {}, h('span', {}, 'Publishable or secret key'), keyInput),
    h('label', {}, h('span', {}, 'User token, if you want to ask as somebody'), tokenInput),
    warning,
    h('div.row', {}, h('button.primary', { type: 'submit' }, 'Use')),
  )
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} placeholder
 */
function input(name, value, placeholder) {
  const element = /** @type {HTMLInputElement} */ (
    h('input', {
      name,
      placeholder,
      autocomplete: 'off',
      spellcheck: 'false',
      type: isSecret(value) ? 'password' : 'text',
    })
  )
  element.value = value
  return element
}
