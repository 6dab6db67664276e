import type { CloudBoxError } from '@cloudbox/client'
import { createSignal, For, Show } from 'solid-js'
import { box } from './cloudbox'
import { createTodos } from './create-todos'
import { Problem } from './Problem'
import { Waiting } from './Waiting'

export function TodoPane(props: { title: string }) {
  const [todos, retry] = createTodos()
  const [newTitle, setNewTitle] = createSignal('')
  const [problem, setProblem] = createSignal<CloudBoxError | null>(null)

  async function add(event: SubmitEvent) {
    event.preventDefault()
    const { error } = await box.collection('todos').insert({ title: newTitle() })
    setProblem(error)
    if (error === null) setNewTitle('')
  }

  async function setDone(id: string, done: boolean) {
    setProblem((await box.doc('todos', id).update({ done })).error)
  }

  async function remove(id: string) {
    setProblem((await box.doc('todos', id).delete()).error)
  }

  return (
    <section class="pane" aria-label={props.title}>
      <header class="pane-head">
        <h2>{props.title}</h2>
        <Show when={todos.list}>
          <span class="pill" classList={{ offline: todos.isOffline }}>
            {todos.isOffline ? 'Offline' : 'Live'}
          </span>
        </Show>
      </header>

      <form class="new" onSubmit={add}>
        <input
          value={newTitle()}
          onInput={event => setNewTitle(event.currentTarget.value)}
          aria-label="New todo"
          placeholder="What is to be done?"
          maxLength={200}
          autocomplete="off"
          required
        />
        <button class="primary">Add</button>
      </form>

      <Show when={todos.isOffline}>
        <p class="note">This is the list as it was. It catches up by itself.</p>
      </Show>
      <Show when={problem()}>{error => <Problem error={error()} />}</Show>
      <Show when={todos.error}>{error => <Problem error={error()} onRetry={retry} />}</Show>

      <Show when={!todos.list && !todos.error}>
        <Waiting />
      </Show>
      <Show when={todos.list?.length === 0}>
        <p class="empty">Nothing to do. Add something, and look at the other pane.</p>
      </Show>
      <ul class="todos">
        <For each={todos.list}>
          {todo => (
            <li class="todo">
              <label>
                <input
                  type="checkbox"
                  checked={todo.done}
                  onChange={event => setDone(todo.id, event.currentTarget.checked)}
                />
                <span>{todo.title}</span>
              </label>
              <button class="delete" aria-label={`Delete ${todo.title}`} onClick={() => remove(todo.id)}>
                ×
              </button>
            </li>
          )}
        </For>
      </ul>
    </section>
  )
}
