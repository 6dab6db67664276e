import { styleText } from 'node:util'
import type { Notice } from './kernel/module.ts'
import type { Ready } from './start.ts'

/** The line programs wait for (`--json`). */
export function readyLine(ready: Ready & { readonly notices?: readonly Notice[] }): string {
  return JSON.stringify({ event: 'ready', ...ready })
}

type Row = readonly [label: string, value: string]

/**
 * What a person sees when the server is ready: where everything is, in a box. No value is ever broken: one that is too
 * long for the columns of the terminal stands below the box.
 */
export function summary(
  ready: Ready,
  extra: readonly Row[] = [],
  columns: number = Number.POSITIVE_INFINITY,
): string {
  const rows = rowsOf(ready, extra)
  const labelWidth = Math.max(...rows.map(([label]) => label.length))
  const widthOf = ([, value]: Row) => labelWidth + gap.length + value.length
  const room = columns - frameWidth
  const inside = rows.filter(row => widthOf(row) <= room)
  const below = rows.filter(row => widthOf(row) > room)
  const width = Math.max(title.length, ...inside.map(widthOf))
  const edge = '─'.repeat(width + 4)
  const line = (plain: string, shown: string) => `│  ${shown}${' '.repeat(width - plain.length)}  │`
  const warning = ready.secretKey && ' The secret key bypasses every policy: keep it on servers.'
  return [
    `╭${edge}╮`,
    line(title, styleText(['bold', 'green'], title)),
    line('', ''),
    ...inside.map(([label, value]) => {
      const name = label.padEnd(labelWidth)
      return line(`${name}${gap}${value}`, `${styleText('dim', name)}${gap}${address(value)}`)
    }),
    `╰${edge}╯`,
    ...below.map(([label, value]) => `  ${styleText('dim', label)}\n${address(value)}`),
    `  ${styleText('dim', `Ctrl-C stops it.${warning ?? ''}`)}`,
  ].join('\n')
}

const title = 'CloudBox is ready'
const gap = '   '
/** Of the lines at both sides, with the space between them and what is inside. */
const frameWidth = 6

function rowsOf(ready: Ready, extra: readonly Row[]): Row[] {
  const { url, publicUrl = url, environmentUrl: first, setUpUrl, workers } = ready
  const every: readonly (readonly [label: string, value: string | undefined])[] = [
    ...extra,
    setUpUrl === undefined ? ['Console', ready.consoleUrl ?? `${publicUrl}/console`] : ['Set up', setUpUrl],
    ['API', first],
    ['Reference', first && `${first}/v1/docs`],
    // Where the mails of a dev environment arrive: confirmations of sign-ups, new passwords.
    ['Mailbox', first && `${first}/v1/auth/mailbox`],
    ['Database', ready.databaseUrl],
    ['Workers', workers && `${workers.length} processes: ${workers.join(', ')}`],
    ['Publishable key', ready.publishableKey],
    ['Secret key', ready.secretKey],
  ]
  return every.filter((row): row is [string, string] => row[1] !== undefined)
}

function address(value: string): string {
  return /^https?:/.test(value) ? styleText('cyan', value) : value
}
