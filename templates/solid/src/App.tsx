import { Match, Show, Switch } from 'solid-js'
import { box } from './cloudbox'
import { createUser } from './create-user'
import { SignIn } from './SignIn'
import { TodoPane } from './TodoPane'
import { Waiting } from './Waiting'

export function App() {
  const user = createUser()

  return (
    <div class="app">
      <header class="bar">
        <h1>Todos</h1>
        <Show when={user()}>
          {user => (
            <div class="who">
              <span>{user().name ?? user().email}</span>
              <button class="quiet" onClick={() => box.auth.signOut()}>
                Sign out
              </button>
            </div>
          )}
        </Show>
      </header>

      <Switch fallback={<Waiting />}>
        <Match when={user()}>
          <main class="panes">
            <TodoPane title="One pane" />
            <TodoPane title="Another pane" />
          </main>
        </Match>
        <Match when={user() === null}>
          <SignIn />
        </Match>
      </Switch>

      <footer class="foot">
        Begin with <code>README.md</code> and <code>cloudbox/schema.ts</code>.
      </footer>
    </div>
  )
}
