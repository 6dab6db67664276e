/** Rows as the server wrote them: int8, timestamps and json as text, so that nothing is lost. */
export type WireRow = Record<string, unknown>

/** One column of an answer. */
export interface Column {
  readonly name: string
  readonly read: ((text: string) => unknown) | undefined
}

/** Types by their oid whose values JavaScript holds exactly. */
const readers: Readonly<Record<number, (text: string) => unknown>> = {
  16: text => text === 't',
  21: Number,
  23: Number,
  26: Number,
  700: Number,
  701: Number,
}

/** Reads a row description. */
export function readColumns(buffer: Buffer, start: number): Column[] {
  const columns: Column[] = []
  let at = start + 2
  for (let left = buffer.readUInt16BE(start); left > 0; left--) {
    const stop = buffer.indexOf(0, at)
    columns.push({ name: buffer.toString('utf8', at, stop), read: readers[buffer.readUInt32BE(stop + 7)] })
    at = stop + 19
  }
  return columns
}

/** Reads a row. */
export function readRow(buffer: Buffer, start: number, columns: readonly Column[]): WireRow {
  const row: WireRow = {}
  let at = start + 2
  for (const { name, read } of columns) {
    const length = buffer.readInt32BE(at)
    at += 4
    if (length < 0) {
      row[name] = null
      continue
    }
    const text = buffer.toString('utf8', at, at + length)
    row[name] = read === undefined ? text : read(text)
    at += length
  }
  return row
}
