import { Type, type Static } from 'typebox'

/**
 * A snapshot as a file: JSON lines. First the head; then each table, followed by its rows as arrays of texts (as Postgres
 * writes and reads values); last the end, which tells how many rows there were and the SHA-256 of every byte before it.
 * On disk the lines are compressed with gzip.
 */
export const snapshotFormat = 1

/** Whether personal values (`pii`) in a file are made up or what people wrote. */
export const snapshotValues = ['made-up', 'as-they-are'] as const
export type SnapshotValues = (typeof snapshotValues)[number]

export const SnapshotHead = Type.Object({
  cloudboxSnapshot: Type.Integer({ description: 'The format: 1.' }),
  cloudbox: Type.String({ description: 'Version of the server that wrote it.' }),
  name: Type.String(),
  from: Type.String({ description: 'project/environment' }),
  madeAt: Type.String(),
  values: Type.Enum([...snapshotValues]),
  passwords: Type.Boolean({ description: 'Hashes of passwords are in it.' }),
  levels: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
    description: 'Last migration of each module, by its word.',
  }),
  parts: Type.Record(Type.String(), Type.Unknown(), { description: 'What each module keeps of it.' }),
})
export type SnapshotHead = Static<typeof SnapshotHead>

export const SnapshotTable = Type.Object({ table: Type.String(), columns: Type.Array(Type.String()) })
export type SnapshotTable = Static<typeof SnapshotTable>

export const SnapshotRow = Type.Array(Type.Union([Type.String(), Type.Null()]))
export type SnapshotRow = Static<typeof SnapshotRow>

const Counts = Type.Record(Type.String(), Type.Integer({ minimum: 0 }))

export const SnapshotEnd = Type.Object({
  end: Type.Object({ rows: Counts, sha256: Type.String() }),
})
export type SnapshotEnd = Static<typeof SnapshotEnd>

const closed = { additionalProperties: false } as const

/** `POST /platform/snapshots/uploads`: begins to bring a file in. */
export const UploadBody = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'Its name here; that of the file unless told.' })),
    head: SnapshotHead,
  },
  closed,
)
export const UploadReply = Type.Object({ upload: Type.String(), name: Type.String() })
export type UploadReply = Static<typeof UploadReply>

export const UploadRowsBody = Type.Object(
  { ...SnapshotTable.properties, rows: Type.Array(SnapshotRow, { maxItems: 100_000 }) },
  closed,
)

/** Ends an upload: so many rows of each table must have come. */
export const UploadEndBody = Type.Object({ rows: Counts }, closed)
