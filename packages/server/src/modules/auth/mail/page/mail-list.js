// @ts-check
import { h } from './dom.js'

const span = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })

/** @param {string} at ISO 8601 */
export function ago(at) {
  const seconds = Math.round((Date.parse(at) - Date.now()) / 1000)
  if (seconds > -60) return 'just now'
  if (seconds > -3600) return span.format(Math.ceil(seconds / 60), 'minute')
  if (seconds > -86_400) return span.format(Math.ceil(seconds / 3600), 'hour')
  return new Date(at).toLocaleDateString('en', { month: 'short', day: 'numeric' })
}

/**
 * @param {any[]} mails
 * @param {string | undefined} shown id of the mail beside it
 * @param {Set<string>} seen ids
 */
export function mailList(mails, shown, seen) {
  return mails.map(mail =>
    h(
      seen.has(mail.id) ? 'a.entry' : 'a.entry.new',
      { href: `#/${mail.id}`, 'aria-current': mail.id === shown ? 'true' : undefined },
      h(
        'span.row',
        {},
        h('span.to', {}, mail.to),
        h('time', { datetime: mail.at, title: new Date(mail.at).toLocaleString() }, ago(mail.at)),
      ),
      h('span.subject', {}, mail.subject),
      h('span.row', {}, h('span.kind', {}, mail.kind), mail.code ? h('code', {}, mail.code) : undefined),
    ),
  )
}
