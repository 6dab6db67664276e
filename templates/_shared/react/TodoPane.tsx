import type { CloudBoxError } from '@cloudbox/client'
import { useState, type FormEvent } from 'react'
import { box } from './cloudbox'
import { Problem } from './Problem'
import { useTodos } from './use-todos'
import { Waiting } from './Waiting'

export function TodoPane({ title }: { title: string }) {
  const { todos, isOffline, error, retry } = useTodos()
  const [problem, setProblem] = useState<CloudBoxError | null>(null)

  async function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const title = String(new FormData(form).get('title'))
    const { error } = await box.collection('todos').insert({ title })
    setProblem(error)
    if (error === null) form.reset()
  }

  async function setDone(id: string, done: boolean) {
    setProblem((await box.doc('todos', id).update({ done })).error)
  }

  async function remove(id: string) {
    setProblem((await box.doc('todos', id).delete()).error)
  }

  return (
    <section className="pane" aria-label={title}>
      <header className="pane-head">
        <h2>{title}</h2>
        {todos && (
          <span className={isOffline ? 'pill offline' : 'pill'}>{isOffline ? 'Offline' : 'Live'}</span>
        )}
      </header>

      <form className="new" onSubmit={add}>
        <input
          name="title"
          aria-label="New todo"
          placeholder="What is to be done?"
          maxLength={200}
          required
        />
        <button className="primary">Add</button>
      </form>

      {isOffline && <p className="note">This is the list as it was. It catches up by itself.</p>}
      {problem && <Problem error={problem} />}
      {error && <Problem error={error} onRetry={retry} />}

      {!todos && !error && <Waiting />}
      {todos?.length === 0 && (
        <p className="empty">Nothing to do. Add something, and look at the other pane.</p>
      )}
      <ul className="todos">
        {todos?.map(({ id, title, done }) => (
          <li className="todo" key={id}>
            <label>
              <input type="checkbox" checked={done} onChange={event => setDone(id, event.target.checked)} />
              <span>{title}</span>
            </label>
            <button className="delete" aria-label={`Delete ${title}`} onClick={() => remove(id)}>
              ×
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
