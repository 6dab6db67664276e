// @ts-check
import { copyButton, h } from './dom.js'

/** Only ever used for the frame below, in which no script runs and which belongs to no origin. */
// @ts-ignore: not in the compiler's library yet
const policy = globalThis.trustedTypes?.createPolicy('mail', {
  createHTML: (/** @type {string} */ html) => html,
})

/** @typedef {'Mail' | 'Phone' | 'Text'} Look */
/** @type {readonly Look[]} */
const looks = ['Mail', 'Phone', 'Text']

/** How the last mail was looked at. @type {Look} */
let look = 'Mail'

/** @param {any} mail */
export function mailView(mail) {
  const stage = h('div.stage')
  const tabs = looks.map(name =>
    h(
      'button',
      {
        type: 'button',
        onclick: () => {
          look = name
          show()
        },
      },
      name,
    ),
  )
  const show = () => {
    tabs.forEach((tab, i) => tab.setAttribute('aria-pressed', String(looks[i] === look)))
    stage.className = `stage ${look.toLowerCase()}`
    stage.replaceChildren(look === 'Text' ? h('pre', {}, mail.text) : frame(mail))
  }
  show()
  return [
    h(
      'header.head',
      {},
      h('a.back', { href: '#/' }, '← All mails'),
      h('h1', {}, mail.subject),
      h(
        'p.facts',
        {},
        h('span', {}, 'To ', h('strong', {}, mail.to)),
        h('span.kind', {}, mail.kind),
        h('span.kind', {}, mail.language),
        h('time', { datetime: mail.at }, new Date(mail.at).toLocaleString()),
      ),
      actions(mail),
    ),
    h('div.looks', { role: 'group', 'aria-label': 'Show as' }, ...tabs),
    stage,
  ]
}

/** What one wants of such a mail: its code, or its link. @param {any} mail */
function actions({ link, code }) {
  if (code) return h('p.actions', {}, h('code.code', {}, code), copyButton(code, 'Copy code'))
  if (!link) return undefined
  return h(
    'p.actions',
    {},
    h('a.primary', { href: link, target: '_blank', rel: 'noopener noreferrer' }, 'Open the link'),
    copyButton(link, 'Copy link'),
    h('span.url', { title: link }, link),
  )
}

/** @param {any} mail */
function frame({ html, subject }) {
  const element = /** @type {HTMLIFrameElement} */ (
    h('iframe', { title: subject, sandbox: 'allow-popups allow-popups-to-escape-sandbox' })
  )
  // Links open beside the mailbox, and the mail wears what the page wears.
  const whole = inTheme(html).replace(
    /<head[^>]*>|^/i,
    (/** @type {string} */ head) => `${head}<base target="_blank">`,
  )
  element.srcdoc = policy === undefined ? whole : policy.createHTML(whole)
  return element
}

/** A frame knows the colours of the computer only, not the button of this page. @param {string} html */
function inTheme(html) {
  const theme = document.documentElement.dataset['theme']
  if (theme === undefined) return html
  return html.replaceAll(/\(\s*prefers-color-scheme:\s*(dark|light)\s*\)/g, (_, asked) =>
    asked === theme ? '(min-width: 0)' : '(max-width: 0)',
  )
}
