import { readFile, writeFile } from 'node:fs/promises'
import { markdownTable, resultsFolder } from './report.ts'

const begin = '<!-- figures: npm run bench -- --readme -->'
const end = '<!-- /figures -->'

/** Puts the figures that have an aim from all results into the README, between its two marks. */
export async function updateReadme(names: readonly string[], machine: string): Promise<void> {
  const rows: string[][] = []
  for (const name of names) {
    const text = await readFile(new URL(`${name}.md`, resultsFolder), 'utf8').catch(() => '')
    for (const [figure, value, floor, ratio, , aim, met] of tableRows(text))
      if (aim !== '')
        rows.push([`[${name}](bench/results/${name}.md)`, figure!, value!, floor!, ratio!, aim!, met!])
  }
  const head = ['bench', 'figure', 'value', 'floor', 'ratio', 'aim', 'met']
  const readme = new URL('../../README.md', import.meta.url)
  const text = await readFile(readme, 'utf8')
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`the README lacks its marks ${begin} and ${end}`)
  const figures = `${machine}\n\n${markdownTable(head, rows, [2, 3, 4])}`
  await writeFile(readme, `${before}${begin}\n\n${figures}\n\n${end}${after}`)
}

function tableRows(text: string): string[][] {
  return text
    .split('\n')
    .filter(line => line.startsWith('| '))
    .slice(2)
    .map(line =>
      line
        .slice(2, -2)
        .split(' | ')
        .map(cell => cell.trim()),
    )
}
