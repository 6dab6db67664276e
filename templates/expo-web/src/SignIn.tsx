import type { AuthOptions, CloudBoxError } from '@cloudbox/client'
import { useEffect, useState } from 'react'
import { Pressable, StyleSheet, Text, View } from 'react-native'
import { box } from './cloudbox'
import { useTheme } from './theme'
import { Card, Problem, Waiting } from './ui'

/** A button for each provider. Where none is set up, made-up people stand behind them in development. */
export function SignIn() {
  const theme = useTheme()
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
    <Card isNarrow>
      <Text role="heading" aria-level={2} style={[styles.title, { color: theme.text }]}>
        Sign in to see your todos
      </Text>
      {error && <Problem error={error} onRetry={options ? undefined : load} />}
      {!options && !error && <Waiting />}
      {options?.providers.map(({ id, name, color }) => (
        <Pressable
          key={id}
          role="button"
          aria-label={`Continue with ${name}`}
          onPress={() => signIn(id)}
          style={[styles.provider, { borderColor: theme.lineStrong }]}
        >
          <View style={[styles.tile, { backgroundColor: color }]}>
            <Text style={styles.initial}>{name.slice(0, 1)}</Text>
          </View>
          <Text style={[styles.name, { color: theme.text }]}>Continue with {name}</Text>
        </Pressable>
      ))}
    </Card>
  )
}

const styles = StyleSheet.create({
  title: { fontSize: 19, fontWeight: '700' },
  provider: {
    flexDirection: 'row',
    alignItems: 'center',
    gap: 11,
    minHeight: 44,
    paddingHorizontal: 14,
    borderWidth: 1,
    borderRadius: 9,
  },
  tile: { width: 24, height: 24, borderRadius: 6, alignItems: 'center', justifyContent: 'center' },
  initial: { color: '#ffffff', fontSize: 13, fontWeight: '700' },
  name: { fontSize: 16, fontWeight: '600' },
})
