import { box } from './cloudbox.js'
import { copyOf, showProblem } from './dom.js'

/** A pane with the live list of todos. `stop` ends its subscription. */
export function todoPane(title) {
  const element = copyOf('pane')
  const [pill, note, problem, waiting, empty, list] = [
    '.pill',
    '.note',
    '.problem',
    '.waiting',
    '.empty',
    '.todos',
  ].map(selector => element.querySelector(selector))
  element.ariaLabel = title
  element.querySelector('h2').textContent = title
  const report = ({ error }) => showProblem(problem, error)

  element.querySelector('form').addEventListener('submit', async event => {
    event.preventDefault()
    const form = event.currentTarget
    const result = await box.collection('todos').insert({ title: new FormData(form).get('title') })
    report(result)
    if (result.error === null) form.reset()
  })

  /** Calls back with the whole list, and again at every change of it, whoever makes it. */
  function subscribe() {
    showProblem(problem, null)
    return box
      .collection('todos')
      .orderBy('createdAt', 'desc')
      .subscribe({
        next: ({ data, meta }) => show(data, meta.status === 'stale'),
        error: error =>
          showProblem(problem, error, () => {
            stop = subscribe()
          }),
      })
  }

  function show(todos, isOffline) {
    waiting.hidden = true
    pill.hidden = false
    pill.textContent = isOffline ? 'Offline' : 'Live'
    pill.classList.toggle('offline', isOffline)
    note.hidden = !isOffline
    empty.hidden = todos.length > 0
    // Rows that are there stay there, so that none loses its focus.
    const rows = new Map([...list.children].map(row => [row.dataset.id, row]))
    list.replaceChildren(...todos.map(todo => fill(rows.get(todo.id) ?? row(todo.id), todo)))
  }

  function row(id) {
    const row = copyOf('todo')
    row.dataset.id = id
    row.querySelector('input').addEventListener('change', async event => {
      report(await box.doc('todos', id).update({ done: event.target.checked }))
    })
    row
      .querySelector('button')
      .addEventListener('click', async () => report(await box.doc('todos', id).delete()))
    return row
  }

  function fill(row, { title, done }) {
    row.querySelector('input').checked = done
    row.querySelector('span').textContent = title
    row.querySelector('button').ariaLabel = `Delete ${title}`
    return row
  }

  let stop = subscribe()
  return { element, stop: () => stop() }
}
