import type { AuthOptions, CloudBoxError } from '@cloudbox/client'
import { createSignal, For, onMount, Show } from 'solid-js'
import { box } from './cloudbox'
import { Problem } from './Problem'
import { Waiting } from './Waiting'

/** A button for each provider. Where none is set up, made-up people stand behind them in development. */
export function SignIn() {
  const [options, setOptions] = createSignal<AuthOptions | null>(null)
  const [error, setError] = createSignal<CloudBoxError | null>(null)

  async function load() {
    const { data, error } = await box.auth.options()
    setOptions(data)
    setError(error)
  }

  async function signIn(provider: string) {
    setError((await box.auth.signInWithOAuth({ provider })).error)
  }

  onMount(async () => {
    await load()
    // What came of the way to a provider and back: it may have been cancelled there.
    const { error } = await box.auth.redirectResult()
    if (error) setError(error)
  })

  return (
    <main class="welcome">
      <h2>Sign in to see your todos</h2>
      <Show when={error()}>
        {error => <Problem error={error()} onRetry={options() ? undefined : load} />}
      </Show>
      <Show when={!options() && !error()}>
        <Waiting />
      </Show>
      <div class="providers">
        <For each={options()?.providers}>
          {({ id, name, color }) => (
            <button class="provider" onClick={() => signIn(id)}>
              <i aria-hidden="true" style={{ background: color }}>
                {name.slice(0, 1)}
              </i>
              Continue with {name}
            </button>
          )}
        </For>
      </div>
    </main>
  )
}
