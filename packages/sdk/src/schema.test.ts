import { test } from 'node:test'
import { createClient, type Snapshot } from './client.ts'

interface Person {
  id: string
  name: string
  age: number | null
  tags: string[]
  createdAt: string
}
interface Schema {
  people: Person
  orders: { Row: { id: string; total: string }; Insert: { total: number }; Update: { total?: number } }
}

type Same<A, B> = [A, B] extends [B, A] ? true : false
const is = <_Check extends true>() => {}

/** Never called: the compiler is the test, and every line marked as an error has to be one. */
async function typesAreChecked() {
  const box = createClient<Schema>('http://localhost/app/dev', 'key')
  const people = box.collection('people')

  const list = await people.eq('age', 3).orThrow()
  is<Same<typeof list.data, Person[]>>()
  const narrow = await people.select('id, name').orThrow()
  is<Same<typeof narrow.data, Pick<Person, 'id' | 'name'>[]>>()
  const all = await people.select('*').single().orThrow()
  is<Same<typeof all.data, Person>>()
  const perhaps = await people.maybeSingle().select('name').orThrow()
  is<Same<typeof perhaps.data, Pick<Person, 'name'> | null>>()
  const embedded = await people.select('id,friend(name)').orThrow()
  void embedded.data[0]?.friend.name

  // @ts-expect-error unknown collection
  box.collection('persons')
  // @ts-expect-error unknown field
  people.eq('nme', 'x')
  // @ts-expect-error wrong value
  people.eq('age', 'old')
  // @ts-expect-error unknown field of a new document
  people.insert({ nickname: 'x' })
  // @ts-expect-error elements of tags are text
  people.contains('tags', [1])
  people.eq('friend.name', 'x').eq('age', null).in('name', ['a']).contains('tags', ['a'])

  const one = await people.insert({ name: 'Ada' }).orThrow()
  is<Same<typeof one.data, Person>>()
  const several = await people.insert([{ name: 'Ada' }]).orThrow()
  is<Same<typeof several.data, Person[]>>()
  const none = await people.insert([{ name: 'Ada' }], { return: 'minimal' }).orThrow()
  is<Same<typeof none.data, null>>()

  const order = await box.from('orders').insert({ total: 3 }).orThrow()
  is<Same<typeof order.data, { id: string; total: string }>>()
  // @ts-expect-error inserts take a number
  box.from('orders').insert({ total: '3' })

  const result = await box.doc('people', '1').get()
  if (result.error === null) is<Same<typeof result.data, Person | null>>()
  else is<Same<typeof result.data, null>>()

  people.select('name').subscribe(snapshot => {
    is<Same<typeof snapshot, Snapshot<Pick<Person, 'name'>>>>()
    for (const change of snapshot.changes)
      if (change.type === 'added') is<Same<typeof change.old, undefined>>()
  })
  for await (const { data } of box.doc('people', '1').live()) is<Same<typeof data, Person | null>>()

  const untyped = createClient('http://localhost/app/dev', 'key')
  const { data } = await untyped.collection('anything').eq('whatever', 1).orThrow()
  void data[0]?.field
}

test('types are checked by the compiler', t => {
  t.diagnostic(typesAreChecked.name)
})
