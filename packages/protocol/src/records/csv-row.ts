/** One value of a row. Nothing between two commas is no value; `""` is an empty text. */
export interface Cell {
  readonly text: string
  readonly isQuoted: boolean
}

/** The values of one row of CSV (RFC 4180). */
export function readRow(row: string, separator: string): Cell[] {
  const cells: Cell[] = []
  for (let at = 0; ;) {
    if (row[at] === '"') {
      let text = ''
      at++
      for (;;) {
        const end = row.indexOf('"', at)
        text += row.slice(at, end === -1 ? undefined : end)
        at = end === -1 ? row.length : end + 1
        if (end === -1 || row[at] !== '"') break
        text += '"'
        at++
      }
      const next = row.indexOf(separator, at)
      cells.push({ text: text + row.slice(at, next === -1 ? undefined : next).trimEnd(), isQuoted: true })
      if (next === -1) return cells
      at = next + 1
    } else {
      const next = row.indexOf(separator, at)
      cells.push({ text: row.slice(at, next === -1 ? undefined : next), isQuoted: false })
      if (next === -1) return cells
      at = next + 1
    }
  }
}

/** What stands between the names of the header. */
export function separatorOf(header: string): string {
  const counts = [',', ';', '\t'].map(one => [one, header.split(one).length] as const)
  return counts.toSorted((a, b) => b[1] - a[1])[0]![0]
}

/** A value as CSV has it. */
export function writeCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text === '' || /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
