import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineSchema, t } from '@cloudbox/client/schema'
import ts from 'typescript'
import { printTypes } from './print-types.ts'

const { collections } = defineSchema({
  todo_items: {
    fields: {
      title: t.text({ required: true }),
      state: t.select(["it's", 'done'], { required: true, default: 'done' }),
      tags: t.select(['a', 'b'], { list: true }),
      price: t.decimal(),
      place: t.geopoint({ required: true }),
      meta: t.json({ required: true }),
      on: t.boolean({ computed: 'doc.price != null' }),
    },
  },
  todoItems: { fields: { n: t.integer() }, flexible: true },
  NewTodoItems: { fields: {} },
  Schema: { fields: {} },
})

test('generated types say what the schema says, and the compiler takes them', () => {
  const text = printTypes(collections)
  for (const said of [
    "  state: 'it\\'s' | 'done'\n",
    "  tags: ('a' | 'b')[] | null\n",
    '  price: string | null\n',
    '  price?: string | number | null\n',
    '  place: { lat: number; lng: number }\n',
    '  [field: string]: any\n',
    '  on: boolean | null\n',
  ])
    assert.ok(text.includes(said), `${said}\n${text}`)
  const file = ts.createSourceFile('types.ts', text, ts.ScriptTarget.Latest)
  const host = ts.createCompilerHost({})
  const program = ts.createProgram(
    ['types.ts'],
    { strict: true, noEmit: true, types: [], lib: ['lib.es5.d.ts'], skipLibCheck: true },
    {
      ...host,
      getSourceFile: (name, ...rest) => (name === 'types.ts' ? file : host.getSourceFile(name, ...rest)),
    },
  )
  const mistakes = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)
  assert.deepEqual(mistakes, [])
  assert.match(text, /export interface Schema \{\n {2}NewTodoItems: \{ Row: NewTodoItems;/)
})
