import type { AuthOptions, CloudBoxError } from '@cloudbox/client'
import { useEffect, useState } from 'react'
import { box } from './cloudbox'
import { Problem } from './Problem'
import { Waiting } from './Waiting'

/** A button for each provider. Where none is set up, made-up people stand behind them in development. */
export function SignIn() {
  const [options, setOptions] = useState<AuthOptions | null>(null)
  const [error, setError] = useState<CloudBoxError | null>(null)

  const load = async () => {
    const { data, error } = await box.auth.options()
    setOptions(data)
    setError(error)
  }

  useEffect(() => {
    void load().then(async () => {
      // What came of the way to a provider and back: it may have been cancelled there.
      const { error } = await box.auth.redirectResult()
      if (error) setError(error)
    })
  }, [])

  async function signIn(provider: string) {
    setError((await box.auth.signInWithOAuth({ provider })).error)
  }

  return (
    <main className="welcome">
      <h2>Sign in to see your todos</h2>
      {error && <Problem error={error} onRetry={options ? undefined : load} />}
      {!options && !error && <Waiting />}
      <div className="providers">
        {options?.providers.map(({ id, name, color }) => (
          <button className="provider" key={id} onClick={() => signIn(id)}>
            <i aria-hidden="true" style={{ background: color }}>
              {name.slice(0, 1)}
            </i>
            Continue with {name}
          </button>
        ))}
      </div>
    </main>
  )
}
