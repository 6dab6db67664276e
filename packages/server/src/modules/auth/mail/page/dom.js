// @ts-check

/**
 * Makes an element. Text is only ever set as text, so nothing a mail says becomes markup.
 *
 * @param {string} name tag, with classes: `p.small`
 * @param {Record<string, any>} [properties] attributes, and `on…` listeners
 * @param {...(Node | string | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(name, properties = {}, ...children) {
  const [tag = 'div', ...classes] = name.split('.')
  const element = document.createElement(tag)
  if (classes.length > 0) element.className = classes.join(' ')
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else element.setAttribute(key, value === true ? '' : String(value))
  }
  for (const child of children) if (child !== undefined && child !== false) element.append(child)
  return element
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export const byId = id => /** @type {HTMLElement} */ (document.getElementById(id))

/**
 * A copy of what a template of the page holds.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function fromTemplate(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id))
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true))
  return /** @type {HTMLElement} */ (copy.firstElementChild)
}

/**
 * A button that puts a text on the clipboard and says so.
 *
 * @param {string} text
 * @param {string} label
 */
export function copyButton(text, label) {
  const button = h('button', { type: 'button' }, label)
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text)
    button.textContent = 'Copied'
    setTimeout(() => (button.textContent = label), 1500)
  })
  return button
}
