// @ts-check

/**
 * Makes an element. Text is only ever set as text, so nothing a server tells becomes markup.
 *
 * @param {string} name tag, with classes: `p.small`
 * @param {Record<string, any>} [properties] attributes, and `on…` listeners
 * @param {...(Node | string | null | undefined | false)} children
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
  for (const child of children) if (child) element.append(child)
  return element
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export const byId = id => /** @type {HTMLElement} */ (document.getElementById(id))

/**
 * Shows what the page is about now, and lets a screen reader begin at its heading.
 *
 * @param {...Node} nodes
 */
export function show(...nodes) {
  const main = byId('main')
  main.removeAttribute('aria-busy')
  main.replaceChildren(...nodes)
}

/** A card in the middle of the page. @param {string} title @param {...(Node | string | null | undefined | false)} content */
export const card = (title, ...content) => h('section.card', {}, h('h1', {}, title), ...content)

/** A card that says why nothing can be done, and what can. @param {string} title @param {string} text @param {...Node} more */
export const notice = (title, text, ...more) => card(title, h('p.lead', {}, text), ...more)

/** @param {string} href @param {string} text */
export const linkButton = (href, text) => h('a.button.primary', { href }, text)
