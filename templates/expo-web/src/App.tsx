import { ScrollView, StyleSheet, Text, View } from 'react-native'
import { box } from './cloudbox'
import { SignIn } from './SignIn'
import { useIsWide, useTheme } from './theme'
import { TodoPane } from './TodoPane'
import { Button, Waiting } from './ui'
import { useUser } from './use-user'

export function App() {
  const theme = useTheme()
  const user = useUser()
  const isWide = useIsWide()

  return (
    <ScrollView style={{ backgroundColor: theme.ground }} contentContainerStyle={styles.app}>
      <View style={styles.bar}>
        <Text role="heading" aria-level={1} style={[styles.title, { color: theme.text }]}>
          Todos
        </Text>
        {user && (
          <View style={styles.who}>
            <Text numberOfLines={1} style={{ color: theme.soft }}>
              {user.name ?? user.email}
            </Text>
            <Button title="Sign out" onPress={() => box.auth.signOut()} />
          </View>
        )}
      </View>

      {user === undefined && <Waiting />}
      {user === null && <SignIn />}
      {user && (
        <View role="main" style={[styles.panes, isWide && styles.sideBySide]}>
          <TodoPane title="One pane" />
          <TodoPane title="Another pane" />
        </View>
      )}

      <Text style={[styles.foot, { color: theme.soft }]}>Begin with README.md and cloudbox/schema.ts.</Text>
    </ScrollView>
  )
}

const styles = StyleSheet.create({
  app: { flexGrow: 1, gap: 20, width: '100%', maxWidth: 1020, marginHorizontal: 'auto', padding: 22 },
  bar: {
    flexDirection: 'row',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: 14,
    minHeight: 40,
  },
  title: { fontSize: 20, fontWeight: '700' },
  who: { flexDirection: 'row', alignItems: 'center', gap: 10, flexShrink: 1 },
  panes: { gap: 18 },
  sideBySide: { flexDirection: 'row', alignItems: 'flex-start' },
  foot: { marginTop: 'auto', paddingTop: 8, fontSize: 14 },
})
