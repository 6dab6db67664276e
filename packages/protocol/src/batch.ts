import { Type, type Static } from 'typebox'

/** Operations of one batch. */
export const batchLimit = 1000

const text = (description: string, maxLength = 20_000) =>
  Type.Optional(Type.String({ description, maxLength }))

/** One operation of a batch: what a request of its own would say. */
export const batchOperation = Type.Object(
  {
    op: Type.Enum(['insert', 'upsert', 'update', 'delete', 'check'], {
      description: '`check` writes nothing: the batch fails unless the document is there and as it says.',
    }),
    collection: Type.String({ minLength: 1, maxLength: 200 }),
    id: text('The one document to update, delete or check.', 200),
    query: text('Filters, as in an address: `done=is.true&priority=gt.3`.'),
    where: text('A condition in CloudBox CEL.'),
    select: text('Fields of the answered documents.'),
    onConflict: text('The unique field an upsert meets documents by.', 200),
    data: Type.Optional(
      Type.Union([Type.Object({}), Type.Array(Type.Unknown())], {
        description: 'The document, the documents, or the change.',
      }),
    ),
    ifMatch: text('An etag or the `updatedAt` of the document, with or without quotes, or `*`.', 2000),
    ifNoneMatch: text('`*`: an upsert that creates only.', 10),
    prefer: text('Like the header; the header of the batch stands for all that say nothing.', 500),
  },
  { additionalProperties: false },
)
export type BatchOperation = Static<typeof batchOperation>

/** The body of `POST /v1/data/$batch`. */
export const batchRequest = Type.Object(
  { operations: Type.Array(batchOperation, { minItems: 1, maxItems: batchLimit }) },
  { additionalProperties: false },
)
export type BatchRequest = Static<typeof batchRequest>

/** What became of one operation. */
export const batchResult = Type.Object({
  status: Type.Integer({ description: 'As a request of its own would have answered.' }),
  data: Type.Optional(Type.Unknown({ description: 'The documents; absent with `return=minimal`.' })),
  count: Type.Integer({ description: 'Documents written.' }),
  etag: Type.Optional(Type.String({ description: 'The version of the one document written.' })),
})

/** The answer to a batch: a result for each operation, in order. */
export const batchReply = Type.Object({ results: Type.Array(batchResult) })
export type BatchReply = Static<typeof batchReply>
