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

/** @param {string} text */
export const chip = text => h('span.chip', {}, text)

/** @type {ReturnType<typeof setTimeout> | undefined} */
let forgetting
/** Says what has happened, for eyes and screen readers, and takes it back. @param {string} text @param {...Node} more */
export function tell(text, ...more) {
  clearTimeout(forgetting)
  byId('told').replaceChildren(text, ...more)
  forgetting = setTimeout(() => byId('told').replaceChildren(), 8000)
}

const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })
const minute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

/** @param {string} iso @param {boolean} [isExact] */
export const time = (iso, isExact = false) =>
  h('time', { datetime: iso }, (isExact ? minute : day).format(new Date(iso)))

/** `owner` → `Owner`. @param {string} name */
export const capital = name => name.slice(0, 1).toUpperCase() + name.slice(1)

/** A button that puts a text on the clipboard and says so. @param {string} text @param {string} what */
export function copyButton(text, what) {
  const button = h('button.quiet.copy', { type: 'button', 'aria-label': `Copy ${what}` }, 'Copy')
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text)
    button.textContent = 'Copied'
    setTimeout(() => (button.textContent = 'Copy'), 1500)
  })
  return button
}

/**
 * A button whose second click within a moment does it.
 *
 * @param {string} label
 * @param {string} question
 * @param {string} what what it is about, for those who cannot see the row
 * @param {() => Promise<unknown>} act
 */
export function sureButton(label, question, what, act) {
  const button = /** @type {HTMLButtonElement} */ (
    h('button.quiet', { type: 'button', 'aria-label': `${label} ${what}` }, label)
  )
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let calming
  const calm = () => {
    button.classList.remove('sure')
    button.textContent = label
    button.setAttribute('aria-label', `${label} ${what}`)
  }
  button.addEventListener('click', async () => {
    clearTimeout(calming)
    if (!button.classList.contains('sure')) {
      button.classList.add('sure')
      button.textContent = question
      button.setAttribute('aria-label', `${question} ${what}`)
      calming = setTimeout(calm, 4000)
      return
    }
    calm()
    button.disabled = true
    await act()
    button.disabled = false
  })
  return button
}
