import type { Terminal } from './terminal.ts'
import { cutTo, harmless, widthOf } from './text.ts'

const gap = '  '
/** No column is cut to less. */
const leastWidth = 6

/**
 * Rows under their headers. Where it is wider than the terminal, the widest columns are cut; what goes into a file or
 * another program is whole.
 */
export function table(
  { width, paint }: Pick<Terminal, 'width' | 'paint'>,
  headers: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): string {
  const cells = rows.map(row => row.map(cell => (cell === null || cell === '' ? '–' : harmless(cell))))
  const widths = headers.map((header, i) => Math.max(...[header, ...cells.map(row => row[i]!)].map(widthOf)))
  if (width !== undefined) shrink(widths, width - gap.length * (headers.length - 1))
  const line = (row: readonly string[], style?: 'dim') =>
    row
      .map((cell, i) => {
        const shown = cutTo(cell, widths[i]!)
        const isLast = i === row.length - 1
        return (
          (style === undefined ? shown : paint(style, shown)) +
          (isLast ? '' : ' '.repeat(widths[i]! - widthOf(shown)))
        )
      })
      .join(gap)
  return [line(headers, 'dim'), ...cells.map(row => line(row))].join('\n')
}

function shrink(widths: number[], most: number): void {
  for (;;) {
    const total = widths.reduce((sum, width) => sum + width, 0)
    const widest = widths.indexOf(Math.max(...widths))
    if (total <= most || widths[widest]! <= leastWidth) return
    widths[widest]!--
  }
}

/** What is known of one thing, a line for each; values stay whole, so that they can be copied. */
export function facts(
  { paint }: Pick<Terminal, 'paint'>,
  rows: readonly (readonly [label: string, value: string | null])[],
): string {
  const labelWidth = Math.max(...rows.map(([label]) => label.length))
  return rows
    .map(
      ([label, value]) =>
        `${paint('dim', label.padEnd(labelWidth))}  ${value === null ? '–' : harmless(value)}`,
    )
    .join('\n')
}
