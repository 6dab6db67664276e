import type { Terminal } from '../terminal/terminal.ts'
import { harmless } from '../terminal/text.ts'
import type { Finding } from './check.ts'
import type { Examined } from './examine.ts'

const signs = { ok: ['green', '✓'], warning: ['yellow', '!'], problem: ['red', '✗'] } as const

/** A line for each finding; below those that are not well, what mends them. */
export function examinedText(terminal: Pick<Terminal, 'paint'>, examined: readonly Examined[]): string {
  const { paint } = terminal
  const width = Math.max(...examined.map(({ title }) => title.length))
  const lines = examined.flatMap(({ title, findings }) =>
    findings.flatMap(({ state, found, mend }, i) => {
      const [style, sign] = signs[state]
      const label = (i === 0 ? title : '').padEnd(width)
      return [
        `${paint(style, sign)} ${paint('dim', label)}  ${harmless(found)}`,
        ...(mend === undefined ? [] : [`${' '.repeat(width + 4)}${paint('cyan', '→')} ${harmless(mend)}`]),
      ]
    }),
  )
  return [...lines, '', verdict(examined)].join('\n')
}

function verdict(examined: readonly Examined[]): string {
  const count = (wanted: Finding['state']) =>
    examined.flatMap(({ findings }) => findings).filter(({ state }) => state === wanted).length
  const parts = [counted(count('problem'), 'problem'), counted(count('warning'), 'warning')]
  const told = parts.filter(part => part !== undefined)
  return told.length === 0 ? 'All is well.' : `${told.join(', ')}.`
}

function counted(count: number, word: string): string | undefined {
  return count === 0 ? undefined : `${count} ${word}${count === 1 ? '' : 's'}`
}
