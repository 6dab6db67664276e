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
  const rows: (readonly [string, string])[] = [
    ...extra,
    ...(ready.setUpUrl === undefined ? [] : [['Set up', ready.setUpUrl] as const]),
    ['API', ready.environmentUrl],
    ['Reference', `${ready.environmentUrl}/v1/docs`],
    // Where the mails of the demo environment arrive: confirmations of sign-ups, new passwords.
    ['Mailbox', `${ready.environmentUrl}/v1/auth/mailbox`],
    ['Database', ready.databaseUrl],
    ...(ready.workers === undefined
      ? []
      : [['Workers', `${ready.workers.length} processes: ${ready.workers.join(', ')}`] as const]),
    ['Publishable key', ready.publishableKey],
    ['Secret key', ready.secretKey],
  ]
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
  const hint = 'Ctrl-C stops it. The secret key bypasses every policy: keep it on servers.'
  return [
    `╭${edge}╮`,
    line(title, styleText(['bold', 'green'], title)),
    line('', ''),
    ...body,
    `╰${edge}╯`,
    `  ${styleText('dim', hint)}`,
  ].join('\n')
}
