// @ts-check

/**
 * Makes an element. Text is only ever set as text, so nothing a document says becomes markup.
 *
 * @param {string} name tag, with classes: `p.hint`
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
 * A button that puts a text on the clipboard and says so.
 *
 * @param {() => string} textOf
 * @param {string} [label]
 */
export function copyButton(textOf, label = 'Copy') {
  const button = h('button.quiet.copy', { type: 'button' }, label)
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(textOf())
    button.textContent = 'Copied'
    setTimeout(() => (button.textContent = label), 1500)
  })
  return button
}
