import type { Failure } from './failure.ts'
import type { Terminal } from './terminal/terminal.ts'
import { harmless } from './terminal/text.ts'

/** Says on standard error what went wrong: what happened, where, the code, what to do. */
export function printFailure({ stderr, paintError: paint }: Terminal, { body }: Failure): void {
  const { code, detail, hint, errors = [], requestId } = body
  const lines = [`${paint('red', '✗')} ${harmless(detail)}`]
  for (const { at, message } of errors) lines.push(`  ${paint('yellow', harmless(at))} ${harmless(message)}`)
  if (hint !== undefined) lines.push(`  ${paint('cyan', '→')} ${harmless(hint)}`)
  lines.push(`  ${paint('dim', requestId === undefined ? code : `${code}, request ${requestId}`)}`)
  stderr.write(`${lines.join('\n')}\n`)
}

/** Says on standard error what is no failure and still to be known. */
export function printNotice(
  { stderr, paintError: paint }: Terminal,
  { detail, hint }: { readonly detail: string; readonly hint: string },
): void {
  stderr.write(`${paint('yellow', '!')} ${harmless(detail)}\n  ${paint('cyan', '→')} ${harmless(hint)}\n`)
}
