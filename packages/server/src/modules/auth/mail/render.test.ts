import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Problem } from '../../../kernel/problem.ts'
import { checkTemplate, renderMail } from './render.ts'

const template = {
  subject: 'Hi {{name}}',
  html: '<a title="{{ name }}" href="{{ link }}">{{name}}</a>',
  text: '{{ name }}: {{ link }}',
}
const link = 'https://example.com/?a=1&b=2'

test('values stand in the places of their variables', () => {
  assert.deepEqual(renderMail(template, { name: 'Ada', link }), {
    subject: 'Hi Ada',
    html: '<a title="Ada" href="https://example.com/?a=1&amp;b=2">Ada</a>',
    text: `Ada: ${link}`,
  })
})

test('a value never becomes markup, a header, a line or a variable', () => {
  const name = `<b>"'&\r\nBcc: eve@example.com\u2028{{ link }}\u202e`
  const { subject, html, text } = renderMail(template, { name, link })
  assert.equal(subject, `Hi <b>"'& Bcc: eve@example.com {{ link }}`)
  assert.ok(
    html.startsWith('<a title="&lt;b&gt;&quot;&#39;&amp; Bcc: eve@example.com {{ link }} " href='),
    html,
  )
  assert.ok(!/[\r\n]/.test(text))
})

test('whatever the values are: no line breaks in the subject, no quote or bracket of theirs in the HTML', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), name => {
      const { subject, html } = renderMail(
        { subject: '-{{ name }}', html: '{{ name }}', text: '-' },
        { name },
      )
      return !/\p{Cc}/u.test(subject) && !/[<>"']/.test(html)
    }),
  )
})

test('a variable that is not there, and a brace too many, are refused with their place', () => {
  const wrong = { subject: '{{ nmae }}', html: 'one\ntwo {{ name', text: '{{ na me }} {{ link }}' }
  assert.throws(
    () => checkTemplate(wrong, ['name', 'link'], { name: 'link', parts: ['html', 'text'] }),
    (error: Problem) => {
      assert.equal(error.code, 'auth/invalid-template')
      assert.match(error.hint ?? '', /\{\{ name \}\}, \{\{ link \}\}/)
      assert.deepEqual(error.errors, [
        { at: '/subject', message: 'There is no variable nmae in subject, line 1 (characters 0 to 10).' },
        { at: '/html', message: 'A stray {{ in html, line 2 (characters 8 to 10).' },
        { at: '/text', message: 'A stray {{ in text, line 1 (characters 0 to 2).' },
        { at: '/html', message: 'It lacks {{ link }}: the mail would be of no use.' },
      ])
      return true
    },
  )
})

test('names of every object are no variables', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    assert.throws(() => renderMail({ ...template, text: `{{ ${name} }}` }, { name: 'Ada', link }), {
      code: 'auth/invalid-template',
    })
  }
})

test('a subject of two lines or of none is refused; braces of CSS are not', () => {
  for (const subject of ['a\nBcc: eve@example.com', ' ']) {
    assert.throws(() => checkTemplate({ subject, html: '', text: '' }, []), { code: 'auth/invalid-template' })
  }
  checkTemplate({ subject: 'a', html: '<style>@media print{a{color:red}}</style>', text: '' }, [])
})
