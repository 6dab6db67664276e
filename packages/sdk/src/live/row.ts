/** A document as frames carry it. */
export type Row = Readonly<Record<string, unknown>>

/** The id of a document, which is also its key in `tx` frames. */
export function keyOf(row: Row): string {
  return String(row.id)
}
