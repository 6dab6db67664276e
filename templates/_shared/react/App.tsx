import { box } from './cloudbox'
import { SignIn } from './SignIn'
import { TodoPane } from './TodoPane'
import { useUser } from './use-user'
import { Waiting } from './Waiting'

export function App() {
  const user = useUser()

  return (
    <div className="app">
      <header className="bar">
        <h1>Todos</h1>
        {user && (
          <div className="who">
            <span>{user.name ?? user.email}</span>
            <button className="quiet" onClick={() => box.auth.signOut()}>
              Sign out
            </button>
          </div>
        )}
      </header>

      {user === undefined && <Waiting />}
      {user === null && <SignIn />}
      {user && (
        <main className="panes">
          <TodoPane title="One pane" />
          <TodoPane title="Another pane" />
        </main>
      )}

      <footer className="foot">
        Begin with <code>README.md</code> and <code>cloudbox/schema.ts</code>.
      </footer>
    </div>
  )
}
