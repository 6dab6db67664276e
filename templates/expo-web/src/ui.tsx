import type { CloudBoxError } from '@cloudbox/client'
import type { ReactNode } from 'react'
import { Pressable, StyleSheet, Text, View } from 'react-native'
import { useIsWide, useTheme } from './theme'

/** A button with text. */
export function Button({
  title,
  isPrimary,
  onPress,
}: {
  title: string
  isPrimary?: boolean
  onPress: () => void
}) {
  const theme = useTheme()
  return (
    <Pressable
      role="button"
      onPress={onPress}
      style={[
        styles.button,
        isPrimary
          ? { backgroundColor: theme.accent, borderColor: theme.accent }
          : { backgroundColor: theme.card, borderColor: theme.lineStrong },
      ]}
    >
      <Text style={[styles.buttonText, { color: isPrimary ? theme.onAccent : theme.text }]}>{title}</Text>
    </Pressable>
  )
}

export function Card({
  children,
  label,
  isNarrow,
}: {
  children: ReactNode
  label?: string
  isNarrow?: boolean
}) {
  const theme = useTheme()
  const isWide = useIsWide()
  return (
    <View
      role={label === undefined ? undefined : 'region'}
      aria-label={label}
      style={[
        styles.card,
        isWide && styles.half,
        isNarrow && styles.narrow,
        { backgroundColor: theme.card, borderColor: theme.line },
      ]}
    >
      {children}
    </View>
  )
}

/** What went wrong, and what to do about it. */
export function Problem({ error, onRetry }: { error: CloudBoxError; onRetry?: (() => void) | undefined }) {
  const theme = useTheme()
  return (
    <View role="alert" style={[styles.note, { backgroundColor: theme.dangerGround }]}>
      <Text style={{ color: theme.danger, flexShrink: 1 }}>
        {error.message} {error.hint}
      </Text>
      {onRetry && <Button title="Try again" onPress={onRetry} />}
    </View>
  )
}

export function Note({ children }: { children: string }) {
  const theme = useTheme()
  return (
    <View style={[styles.note, { backgroundColor: theme.waitingGround }]}>
      <Text style={{ color: theme.waiting }}>{children}</Text>
    </View>
  )
}

export function Waiting() {
  const theme = useTheme()
  return (
    <View aria-label="Loading" style={{ gap: 10, alignSelf: 'stretch' }}>
      {(['100%', '82%', '64%'] as const).map(width => (
        <View key={width} style={{ width, height: 22, borderRadius: 6, backgroundColor: theme.hover }} />
      ))}
    </View>
  )
}

const styles = StyleSheet.create({
  button: {
    minHeight: 36,
    paddingHorizontal: 14,
    justifyContent: 'center',
    alignItems: 'center',
    borderWidth: 1,
    borderRadius: 9,
  },
  buttonText: { fontSize: 15, fontWeight: '600' },
  card: { gap: 14, padding: 18, borderWidth: 1, borderRadius: 14 },
  half: { flexGrow: 1, flexShrink: 1, flexBasis: 0 },
  narrow: {
    flexGrow: 0,
    flexBasis: 'auto',
    width: '100%',
    maxWidth: 400,
    padding: 28,
    alignSelf: 'center',
    marginTop: 56,
  },
  note: {
    flexDirection: 'row',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: 10,
    paddingVertical: 9,
    paddingHorizontal: 13,
    borderRadius: 9,
  },
})
