import { Type, type Static } from 'typebox'

/** What of a Postgres decides how CloudBox behaves on it. */
export const PostgresFacts = Type.Object({
  version: Type.String({ description: 'As it calls itself, e.g. `18.4`.' }),
  major: Type.Integer(),
  encoding: Type.String(),
  collation: Type.String({
    description: 'How texts are sorted: provider and locale of the database, e.g. `builtin C.UTF-8`.',
  }),
  settings: Type.Record(Type.String(), Type.String(), {
    description: 'As they count for the requests of this server.',
  }),
  extensions: Type.Record(Type.String(), Type.String(), {
    description: 'Installed in the database, with their versions.',
  }),
})
export type PostgresFacts = Static<typeof PostgresFacts>

/** `GET /platform/server`, below the address of an environment: what it runs on. */
export const ServerFacts = Type.Object({
  version: Type.String({ description: 'Of CloudBox.' }),
  node: Type.String({ description: 'Version of Node.' }),
  at: Type.String({ description: 'The clock of the server.' }),
  databaseAt: Type.String({ description: 'The clock of Postgres at the same moment.' }),
  postgres: PostgresFacts,
})
export type ServerFacts = Static<typeof ServerFacts>

/** `GET /platform/variables`, below the address of an environment: names, never values. */
export const VariableNames = Type.Object({
  variables: Type.Array(Type.Object({ name: Type.String(), isSecret: Type.Boolean() })),
})
export type VariableNames = Static<typeof VariableNames>
