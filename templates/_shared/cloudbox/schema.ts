import { defineSchema, t, type SchemaOf } from '@cloudbox/client/schema'

/** The app's collections. `npm run dev` applies this file whenever it is saved. */
const schema = defineSchema({
  todos: {
    fields: {
      title: t.text({ required: true, min: 1, max: 200 }),
      done: t.boolean({ required: true, default: false }),
      owner: t.relation('users', { required: true, onDelete: 'cascade', default: { cel: 'auth.uid' } }),
    },
    indexes: [{ fields: ['owner', '-createdAt'] }],
    // Everybody sees and changes his own todos and no others. An operation without a policy is closed.
    policies: {
      list: 'doc.owner == auth.uid',
      get: 'doc.owner == auth.uid',
      create: 'next.owner == auth.uid',
      update: 'doc.owner == auth.uid && next.owner == auth.uid',
      delete: 'doc.owner == auth.uid',
    },
  },
})

export default schema
export type Schema = SchemaOf<typeof schema>
