import { styleText } from 'node:util'
import type { Ready } from './start.ts'

/** The line programs wait for (`--json`). */
export function readyLine(ready: Ready): string {
  return JSON.stringify({ event: 'ready', ...ready })
}

/** What a person sees when the server is ready: where everything is, in a box that never breaks a long value. */
export function summary(
  ready: Ready,
  extra: readonly (readonly [label: string, value: string])[] = [],
): string {
  const { url, environmentUrl: demo, setUpUrl, workers } = ready
  const every: readonly (readonly [label: string, value: string | undefined])[] = [
    ...extra,
    setUpUrl === undefined ? ['Console', `${url}/v1/platform/home`] : ['Set up', setUpUrl],
    ['API', demo],
    ['Reference', demo && `${demo}/v1/docs`],
    // Where the mails of the demo environment arrive: confirmations of sign-ups, new passwords.
    ['Mailbox', demo && `${demo}/v1/auth/mailbox`],
    ['Database', ready.databaseUrl],
    ['Workers', workers && `${workers.length} processes: ${workers.join(', ')}`],
    ['Publishable key', ready.publishableKey],
    ['Secret key', ready.secretKey],
  ]
  const rows = every.filter((row): row is [string, string] => row[1] !== undefined)
  const labelWidth = Math.max(...rows.map(([label]) => label.length))
  const width = Math.max(...rows.map(([, value]) => labelWidth + 3 + value.length))
  const edge = '─'.repeat(width + 4)
  const line = (plain: string, shown: string) => `│  ${shown}${' '.repeat(width - plain.length)}  │`
  const body = rows.map(([label, value]) => {
    const name = label.padEnd(labelWidth)
    const shown = /^https?:/.test(value) ? styleText('cyan', value) : value
    return line(`${name}   ${value}`, `${styleText('dim', name)}   ${shown}`)
  })
  const title = 'CloudBox is ready'
  const warning = ready.secretKey && ' The secret key bypasses every policy: keep it on servers.'
  const hint = `Ctrl-C stops it.${warning ?? ''}`
  return [
    `╭${edge}╮`,
    line(title, styleText(['bold', 'green'], title)),
    line('', ''),
    ...body,
    `╰${edge}╯`,
    `  ${styleText('dim', hint)}`,
  ].join('\n')
}
