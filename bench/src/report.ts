import { mkdir, writeFile } from 'node:fs/promises'
import type { Figure } from './figure.ts'

/** What one bench has found. */
export interface Report {
  readonly title: string
  /** What was measured against what, in a paragraph. */
  readonly about: string
  readonly figures: readonly Figure[]
  /** What else the reader should know, a sentence each. */
  readonly notes?: readonly string[]
  /** A picture as SVG text. */
  readonly picture?: string
}

/** Folder of the results, which are part of the repository. */
export const resultsFolder = new URL('../results/', import.meta.url)

/** Writes `<name>.md`, and `<name>.svg` where there is a picture. */
export async function writeReport(name: string, report: Report, machine: string): Promise<void> {
  await mkdir(resultsFolder, { recursive: true })
  const { title, about, figures, notes = [], picture } = report
  const parts = [
    `# ${title}`,
    about,
    `Made by \`npm run bench -- ${name}\`: ${machine}.`,
    ...(picture === undefined ? [] : [`![${title}](${name}.svg)`]),
    table(figures),
    ...(notes.length === 0 ? [] : [notes.map(note => `- ${note}`).join('\n')]),
  ]
  await writeFile(new URL(`${name}.md`, resultsFolder), `${parts.join('\n\n')}\n`)
  if (picture !== undefined) await writeFile(new URL(`${name}.svg`, resultsFolder), picture)
}

/** The figures as a Markdown table, in columns of equal width. */
export function table(figures: readonly Figure[]): string {
  const head = ['figure', 'value', 'floor', 'ratio', 'rounds', 'aim', 'met']
  const rows = figures.map(({ name, unit, value, floor, ratio, spread, aim, met }) => [
    unit === '' ? name : `${name} (${unit})`,
    String(value),
    floor === undefined ? '' : String(floor),
    ratio === undefined ? '' : String(ratio),
    spread === undefined ? '' : `${spread[0]}–${spread[1]}`,
    aim ?? '',
    met === undefined ? '' : met ? 'yes' : 'no',
  ])
  return markdownTable(head, rows, [1, 2, 3])
}

export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const widths = head.map((cell, i) => Math.max(3, cell.length, ...rows.map(row => row[i]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join(' | ')} |`
  const rule = widths.map((width, i) => (right.includes(i) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}
