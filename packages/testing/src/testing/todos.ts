import { defineSchema, t, type SchemaOf } from '@cloudbox/client/schema'

/** As an app's schema file. */
export const schema = defineSchema({
  notes: {
    fields: { todo: t.relation('todos', { onDelete: 'cascade' }), text: t.text() },
    policies: { list: 'public("everybody reads notes")' },
  },
  todos: {
    fields: {
      title: t.text({ required: true }),
      team: t.text(),
      due: t.timestamp(),
      owner: t.relation('users', { default: { cel: 'auth.uid' } }),
    },
    policies: {
      list: 'doc.owner == auth.uid || (doc.team != null && doc.team == auth.team) || doc.due < now',
      create: 'auth.uid != null',
    },
  },
})

export type Schema = SchemaOf<typeof schema>

/** Where the tests of this repository have a Postgres running. */
const databaseUrl = process.env.TEST_DATABASE_URL || undefined

export const here = databaseUrl === undefined ? {} : { databaseUrl }
