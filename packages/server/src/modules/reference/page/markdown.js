// @ts-check
import { h } from './dom.js'

/**
 * The little markdown the manual is written in: headings, paragraphs, tables, `code`, **bold**.
 *
 * @param {string} text
 * @returns {HTMLElement[]}
 */
export function markdown(text) {
  return text.split(/\n{2,}/).map(block => {
    const heading = /^(#{1,4}) (.*)$/.exec(block)
    if (heading) return h(`h${heading[1]?.length}`, {}, ...inline(heading[2] ?? ''))
    if (block.startsWith('|')) return table(block.split('\n'))
    return h('p', {}, ...inline(block))
  })
}

/**
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map(part => {
    if (part.startsWith('`')) return h('code', {}, part.slice(1, -1))
    if (part.startsWith('**')) return h('strong', {}, part.slice(2, -2))
    return part
  })
}

/** @param {string[]} lines */
function table(lines) {
  const cells = (/** @type {string} */ line) =>
    line
      .slice(1, -1)
      .split('|')
      .map(cell => cell.trim())
  const [head = '', , ...rows] = lines
  const row = (/** @type {string} */ line, /** @type {string} */ tag) =>
    h('tr', {}, ...cells(line).map(cell => h(tag, {}, ...inline(cell))))
  return h(
    'div.scroll',
    {},
    h('table', {}, h('thead', {}, row(head, 'th')), h('tbody', {}, ...rows.map(line => row(line, 'td')))),
  )
}
