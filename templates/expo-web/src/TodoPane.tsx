import type { CloudBoxError } from '@cloudbox/client'
import { useState } from 'react'
import { StyleSheet, Text, TextInput, View } from 'react-native'
import { box } from './cloudbox'
import { useTheme } from './theme'
import { TodoRow } from './TodoRow'
import { Button, Card, Note, Problem, Waiting } from './ui'
import { useTodos } from './use-todos'

export function TodoPane({ title }: { title: string }) {
  const theme = useTheme()
  const { todos, isOffline, error, retry } = useTodos()
  const [newTitle, setNewTitle] = useState('')
  const [problem, setProblem] = useState<CloudBoxError | null>(null)

  async function add() {
    if (newTitle === '') return
    const { error } = await box.collection('todos').insert({ title: newTitle })
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
    <Card label={title}>
      <View style={styles.head}>
        <Text role="heading" aria-level={2} style={[styles.title, { color: theme.text }]}>
          {title}
        </Text>
        {todos && (
          <View style={[styles.pill, { borderColor: theme.line }]}>
            <View style={[styles.dot, { backgroundColor: isOffline ? theme.waiting : theme.live }]} />
            <Text style={{ color: isOffline ? theme.waiting : theme.live, fontSize: 13 }}>
              {isOffline ? 'Offline' : 'Live'}
            </Text>
          </View>
        )}
      </View>

      <View style={styles.form}>
        <TextInput
          value={newTitle}
          onChangeText={setNewTitle}
          onSubmitEditing={add}
          submitBehavior="submit"
          aria-label="New todo"
          placeholder="What is to be done?"
          placeholderTextColor={theme.soft}
          maxLength={200}
          style={[styles.input, { color: theme.text, borderColor: theme.lineStrong }]}
        />
        <Button title="Add" isPrimary onPress={add} />
      </View>

      {isOffline && <Note>This is the list as it was. It catches up by itself.</Note>}
      {problem && <Problem error={problem} />}
      {error && <Problem error={error} onRetry={retry} />}

      {!todos && !error && <Waiting />}
      {todos?.length === 0 && (
        <View style={[styles.empty, { borderColor: theme.lineStrong }]}>
          <Text style={{ color: theme.soft, textAlign: 'center' }}>
            Nothing to do. Add something, and look at the other pane.
          </Text>
        </View>
      )}
      <View role="list">
        {todos?.map(todo => (
          <TodoRow
            key={todo.id}
            todo={todo}
            onToggle={() => setDone(todo.id, !todo.done)}
            onDelete={() => remove(todo.id)}
          />
        ))}
      </View>
    </Card>
  )
}

const styles = StyleSheet.create({
  head: { flexDirection: 'row', alignItems: 'center', justifyContent: 'space-between' },
  title: { fontSize: 16, fontWeight: '600' },
  pill: {
    flexDirection: 'row',
    alignItems: 'center',
    gap: 7,
    paddingVertical: 3,
    paddingHorizontal: 10,
    borderWidth: 1,
    borderRadius: 99,
  },
  dot: { width: 7, height: 7, borderRadius: 4 },
  form: { flexDirection: 'row', gap: 8 },
  input: {
    flex: 1,
    minWidth: 0,
    paddingHorizontal: 12,
    paddingVertical: 7,
    borderWidth: 1,
    borderRadius: 9,
    fontSize: 16,
  },
  empty: { padding: 26, borderWidth: 1, borderStyle: 'dashed', borderRadius: 10 },
})
