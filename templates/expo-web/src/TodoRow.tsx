import { Pressable, StyleSheet, Text, View } from 'react-native'
import type { Todo } from './cloudbox'
import { useTheme } from './theme'

export function TodoRow({
  todo,
  onToggle,
  onDelete,
}: {
  todo: Todo
  onToggle: () => void
  onDelete: () => void
}) {
  const theme = useTheme()
  return (
    <View role="listitem" style={styles.row}>
      <Pressable
        role="checkbox"
        aria-checked={todo.done}
        aria-label={todo.title}
        onPress={onToggle}
        style={styles.label}
      >
        <View
          style={[
            styles.box,
            { borderColor: todo.done ? theme.accent : theme.soft },
            todo.done && { backgroundColor: theme.accent },
          ]}
        >
          {todo.done && <Text style={[styles.tick, { color: theme.onAccent }]}>✓</Text>}
        </View>
        <Text style={[styles.text, { color: todo.done ? theme.soft : theme.text }, todo.done && styles.done]}>
          {todo.title}
        </Text>
      </Pressable>
      <Pressable role="button" aria-label={`Delete ${todo.title}`} onPress={onDelete} style={styles.delete}>
        <Text style={{ color: theme.soft, fontSize: 19 }}>×</Text>
      </Pressable>
    </View>
  )
}

const styles = StyleSheet.create({
  row: { flexDirection: 'row', alignItems: 'center', gap: 4 },
  label: { flex: 1, flexDirection: 'row', alignItems: 'flex-start', gap: 11, paddingVertical: 8 },
  box: {
    width: 18,
    height: 18,
    marginTop: 2,
    borderWidth: 1,
    borderRadius: 4,
    alignItems: 'center',
    justifyContent: 'center',
  },
  tick: { fontSize: 13, lineHeight: 16, fontWeight: '700' },
  text: { flex: 1, fontSize: 16, lineHeight: 22 },
  done: { textDecorationLine: 'line-through' },
  delete: { width: 34, height: 34, alignItems: 'center', justifyContent: 'center' },
})
