import type { CloudBoxError, Result } from '@cloudbox/client'
import { h, labelled } from './dom.ts'
import type { EditableField, Values } from './view.ts'

/** What a form needs to know. */
export interface FormOptions {
  readonly fields: readonly EditableField[]
  value(field: string): string
  /** What the form does, e.g. `Save`. */
  readonly action: string
  save(values: Values): PromiseLike<Result<unknown>>
  /** Saved or given up. */
  close(): void
}

/** A form in one line: Enter saves, Escape gives up, what the server refuses is said below it. */
export function editForm({ fields, value, action, save, close }: FormOptions): HTMLFormElement {
  const inputs = fields.map(field => inputOf(field, value(field.name)))
  const submit = h('button', { type: 'submit', className: 'primary' }, action)
  const complaint = h('p', { className: 'complaint', role: 'alert' })
  const form = h(
    'form',
    { className: 'edit' },
    ...fields.map((field, index) => labelled(field.label, inputs[index]!)),
    submit,
    h('button', { type: 'button', onclick: close }, 'Cancel'),
    complaint,
  )
  form.addEventListener('keydown', event => {
    if (event.key === 'Escape') close()
  })
  form.addEventListener('submit', async event => {
    event.preventDefault()
    submit.disabled = true
    const values = fields.map(({ name }, index) => [name, inputs[index]!.value.trim() || null])
    const { error } = await save(Object.fromEntries(values) as Values)
    submit.disabled = false
    if (error === null) close()
    else complaint.textContent = explain(error)
  })
  // Once it is on the page.
  queueMicrotask(() => inputs[0]?.focus())
  return form
}

function inputOf({ name, label, required = false, options }: EditableField, value: string) {
  if (options === undefined) {
    return h('input', { name, required, value, placeholder: label, maxLength: 120, autocomplete: 'off' })
  }
  const choices = options.map(([code, text]) => h('option', { value: code }, text))
  const select = h('select', { name, required }, h('option', { value: '' }, label), ...choices)
  select.value = value
  return select
}

/** The server's own words: what is wrong, where, and what to do. */
export function explain({ message, hint, details }: CloudBoxError): string {
  const places = details.map(({ at, message: text }) => {
    // A pointer into the document, such as /name
    const field = at.startsWith('/') ? (at.split('/').at(-1) ?? '') : ''
    return `${field.charAt(0).toUpperCase()}${field.slice(1)} ${text}`.trim()
  })
  const sentences = [...(places.length > 0 ? places : [message]), hint ?? '']
  return sentences.map(text => text.replace(/[^.!?]$/, '$&.')).join(' ')
}
