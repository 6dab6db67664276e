import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { failure } from '../failure.ts'
import type { Terminal } from './terminal.ts'

interface Question {
  readonly question: string
  /** Nothing of the answer is shown. */
  readonly isHidden?: boolean
  /** What to give instead where nobody can be asked, for the hint: `--yes shop`. */
  readonly instead: string
}

/**
 * Asks for a line, on standard error.
 * @throws Failure `cli/needs-terminal` where nobody can be asked, `cli/interrupted` on Ctrl-C or Ctrl-D
 */
export async function ask(
  terminal: Terminal,
  { question, isHidden = false, instead }: Question,
): Promise<string> {
  const { stdin, stderr, isInteractive, paintError } = terminal
  if (!isInteractive)
    throw failure('needs-terminal', `There is no terminal to ask "${question}".`, `Give ${instead}.`)
  const shown = `${paintError('bold', question)} `
  // What readline would echo goes through here; its first write is the question.
  let isMuted = false
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!isMuted) stderr.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 })
  try {
    return await new Promise<string>((resolve, reject) => {
      const stop = () => reject(failure('interrupted', 'Stopped; nothing was changed.'))
      lines.once('SIGINT', stop)
      lines.once('close', stop)
      lines.question(shown, answer => resolve(answer))
      isMuted = isHidden
    })
  } finally {
    lines.close()
    if (isHidden) stderr.write('\n')
  }
}

/** Everything on standard input, without the line end that `echo` puts behind it. */
export async function readAll({ stdin }: Pick<Terminal, 'stdin'>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
