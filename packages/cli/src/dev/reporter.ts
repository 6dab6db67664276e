import type { Failure } from '../failure.ts'
import { printFailure } from '../print-failure.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { harmless } from '../terminal/text.ts'

/** Says what happens while `cloudbox dev` runs: lines for people, NDJSON events for programs. */
export interface Reporter {
  /** Something was done: `{ event: 'schema', … }` or `12:04:05 ✓ text (31 ms)`. */
  done(event: string, facts: object, text: string, ms?: number): void
  /** Something to know that is no mistake. */
  note(event: string, facts: object, text: string, hint?: string): void
  failed(failure: Failure): void
  /** A line of the app's own program. */
  companion(name: string, line: string): void
}

export function reporter(terminal: Terminal, isJson: boolean): Reporter {
  const { stdout, paint } = terminal
  const emit = (event: string, facts: object) => stdout.write(`${JSON.stringify({ event, ...facts })}\n`)
  const line = (sign: string, text: string, after = '') =>
    stdout.write(`${paint('dim', timeOf(new Date()))} ${sign} ${harmless(text)}${after}\n`)
  return {
    done: (event, facts, text, ms) => {
      if (isJson) emit(event, { ...facts, ...(ms === undefined ? {} : { ms: Math.round(ms) }) })
      else line(paint('green', '✓'), text, ms === undefined ? '' : paint('dim', ` (${Math.round(ms)} ms)`))
    },
    note: (event, facts, text, hint) => {
      if (isJson) emit(event, facts)
      else
        line(
          paint('yellow', '!'),
          text,
          hint === undefined ? '' : `\n  ${paint('cyan', '→')} ${harmless(hint)}`,
        )
    },
    failed: failure => {
      if (isJson) emit('failed', { error: failure.body })
      else printFailure(terminal, failure)
    },
    companion: (name, text) => {
      // Colours of the program are its own business: the line goes on as it came.
      if (isJson) emit('output', { name, line: text })
      else stdout.write(`${paint('cyan', `[${name}]`)} ${text}\n`)
    },
  }
}

function timeOf(date: Date): string {
  return date.toTimeString().slice(0, 8)
}
