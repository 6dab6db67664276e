/** Online changes of structure: endpoints below `/v1/schema/changes`. */
import { Type, type Static } from 'typebox'

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()])

/** A change that goes on beside reads and writes. */
export const OnlineChangeReply = Type.Object({
  id: Type.String(),
  kind: Type.Enum(['change-field', 'add-index']),
  collection: Type.String(),
  field: Nullable(Type.String()),
  index: Nullable(Type.String()),
  sentence: Type.String({ description: 'What it does, for people.' }),
  state: Type.Enum(['running', 'paused', 'failed', 'done', 'cancelled']),
  phase: Type.Enum(['backfill', 'quarantined', 'constraints', 'contract', 'archive']),
  isByClient: Type.Boolean({ description: 'A program computes the values: see `batch`.' }),
  rowsTotal: Nullable(
    Type.Number({ description: 'Documents there were when it began; null until they are counted.' }),
  ),
  rowsDone: Type.Number(),
  quarantined: Type.Number({ description: 'Documents whose value has no counterpart.' }),
  error: Nullable(Type.String({ description: 'Why it failed.' })),
  plan: Nullable(Type.String({ description: 'Once it has taken place: what undoes it.' })),
  startedAt: Type.String(),
  endedAt: Nullable(Type.String()),
})
export type OnlineChangeReply = Static<typeof OnlineChangeReply>

export const OnlineChangesReply = Type.Object({ changes: Type.Array(OnlineChangeReply) })
export type OnlineChangesReply = Static<typeof OnlineChangesReply>

export const QuarantineReply = Type.Object({
  documents: Type.Array(
    Type.Object({
      document: Type.String(),
      value: Nullable(Type.String({ description: 'As Postgres writes it, up to 1000 characters.' })),
      message: Type.String(),
    }),
  ),
})
export type QuarantineReply = Static<typeof QuarantineReply>

export const ResumeChangeBody = Type.Object(
  { setNull: Type.Optional(Type.Boolean({ description: 'What is in the quarantine becomes empty.' })) },
  { additionalProperties: false },
)
export type ResumeChangeBody = Static<typeof ResumeChangeBody>

const Answered = {
  id: Type.String({ format: 'uuid' }),
  version: Type.Optional(Type.String({ description: 'As it came; a document written since comes again.' })),
}

/** What a program made of documents, and how many more it wants. */
export const ChangeBatchBody = Type.Object(
  {
    values: Type.Optional(
      Type.Array(Type.Object({ ...Answered, value: Type.Unknown() }, { additionalProperties: false }), {
        maxItems: 1000,
      }),
    ),
    failures: Type.Optional(
      Type.Array(
        Type.Object(
          { ...Answered, message: Type.String({ maxLength: 1000 }) },
          { additionalProperties: false },
        ),
        { maxItems: 1000 },
      ),
    ),
    again: Type.Optional(
      Type.Array(Type.String({ format: 'uuid' }), {
        maxItems: 1000,
        description: 'Documents of the quarantine whose values are to be computed anew.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1000, description: 'Documents wanted next; 200 unless told.' }),
    ),
  },
  { additionalProperties: false },
)
export type ChangeBatchBody = Static<typeof ChangeBatchBody>

export const ChangeBatchReply = Type.Object({
  taken: Type.Number({ description: 'Answers that counted; the others come again.' }),
  rows: Type.Array(
    Type.Object({
      id: Type.String(),
      version: Type.String(),
      document: Type.Record(Type.String(), Type.Unknown()),
    }),
  ),
  isDone: Type.Boolean({ description: 'Nothing is left for the program to do.' }),
})
export type ChangeBatchReply = Static<typeof ChangeBatchReply>
