import type { CloudBoxError } from '@cloudbox/client'
import { h } from './dom.ts'
import { editForm, explain } from './edit-form.ts'
import { star } from './star.ts'
import type { View } from './view.ts'

/** A row on the page. */
export interface RowElement<Row> {
  readonly element: HTMLLIElement
  /** Shows another version of the document; what is being edited right now stays as it is. */
  update(row: Row): void
}

/** A row that can be edited and deleted in place. */
export function rowElement<Row extends { id: string }>(view: View<Row>, first: Row): RowElement<Row> {
  let row = first
  let isOpen = false
  const element = h('li', { className: 'row' })

  const show = (focus?: 'Edit' | 'Delete') => {
    isOpen = false
    const title = view.title(row)
    const button = (label: 'Edit' | 'Delete', onclick: () => void) =>
      h('button', { type: 'button', onclick, 'aria-label': `${label} ${title}` }, label)
    const edit = button('Edit', showForm)
    const remove = button('Delete', askToDelete)
    const detail = h('span', { className: 'detail' }, view.detail(row))
    const refused = (error: CloudBoxError) => (detail.textContent = explain(error))
    element.replaceChildren(
      ...(view.stars ? [star(view.stars, row.id, title, refused)] : []),
      h('div', { className: 'what' }, h('strong', {}, title), detail),
      h('span', { className: 'aside' }, view.aside(row)),
      h('div', { className: 'actions' }, edit, remove),
    )
    if (focus !== undefined) (focus === 'Edit' ? edit : remove).focus()
  }

  const showForm = () => {
    isOpen = true
    const form = editForm({
      fields: view.fields,
      value: field => view.value(row, field),
      action: 'Save',
      save: values => view.update(row.id, values),
      close: () => show('Edit'),
    })
    element.replaceChildren(form)
  }

  const askToDelete = () => {
    isOpen = true
    const question = h('p', { className: 'question' }, `Delete ${view.title(row)} for everyone?`)
    const keep = h('button', { type: 'button', onclick: () => show('Delete') }, 'Keep')
    const confirm = h('button', { type: 'button', className: 'danger' }, 'Delete')
    confirm.addEventListener('click', async () => {
      confirm.disabled = true
      const { error } = await view.remove(row.id)
      confirm.disabled = false
      // When it worked, the live list takes the row away, here as in every other window.
      if (error !== null) question.textContent = explain(error)
    })
    const ask = h('div', { className: 'edit' }, question, confirm, keep)
    ask.addEventListener('keydown', event => {
      if (event.key === 'Escape') show('Delete')
    })
    element.replaceChildren(ask)
    keep.focus()
  }

  show()
  return {
    element,
    update(next) {
      row = next
      if (!isOpen) show()
    },
  }
}
