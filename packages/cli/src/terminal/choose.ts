import { clearScreenDown, emitKeypressEvents, moveCursor, type Key } from 'node:readline'
import { failure } from '../failure.ts'
import type { Terminal } from './terminal.ts'
import { cutTo } from './text.ts'

interface Choice {
  readonly name: string
  readonly summary: string
}

interface Question {
  readonly question: string
  readonly choices: readonly Choice[]
  /** What to give instead where nobody can be asked, for the hint: `--template NAME`. */
  readonly instead: string
}

/**
 * Lets somebody choose from a list, with arrows or by number; Enter takes the marked one, which is the first at the start.
 * @throws Failure `cli/needs-terminal` where nobody can be asked, `cli/interrupted` on Ctrl-C, Ctrl-D or Escape
 */
export async function choose(terminal: Terminal, { question, choices, instead }: Question): Promise<string> {
  const { stderr, isInteractive, paintError } = terminal
  // Raw mode is what makes arrows arrive at once; a stream without it is one of a test.
  const stdin = terminal.stdin as typeof terminal.stdin & { setRawMode?(isRaw: boolean): void }
  if (!isInteractive)
    throw failure('needs-terminal', `There is no terminal to ask "${question}".`, `Give ${instead}.`)
  const nameWidth = Math.max(...choices.map(({ name }) => name.length))
  const shownWidth = (stderr.columns ?? 80) - 1
  let marked = 0
  let digits = ''

  const paint = () => {
    const lines = choices.map(({ name, summary }, i) => {
      const line = cutTo(
        `${String(i + 1).padStart(2)}  ${name.padEnd(nameWidth)}  ${summary}`,
        shownWidth - 2,
      )
      return i === marked ? paintError('cyan', `› ${line}`) : `  ${line}`
    })
    stderr.write(
      `${paintError('bold', question)} arrows or a number, then Enter\n${lines.join('\n')}\u001B[2G`,
    )
  }
  const erase = () => {
    moveCursor(stderr, 0, -choices.length)
    stderr.write('\r')
    clearScreenDown(stderr)
  }
  const mark = (index: number) => {
    marked = (index + choices.length) % choices.length
    erase()
    paint()
  }

  emitKeypressEvents(stdin)
  stdin.setRawMode?.(true)
  stdin.resume()
  paint()
  let hear: (text: string | undefined, key: Key) => void = () => {}
  try {
    return await new Promise<string>((resolve, reject) => {
      hear = (text, { name, ctrl }) => {
        if (name === 'up' || name === 'down') {
          digits = ''
          mark(marked + (name === 'up' ? -1 : 1))
        } else if (name === 'return' || name === 'enter') resolve(choices[marked]!.name)
        else if (name === 'escape' || (ctrl && (name === 'c' || name === 'd')))
          reject(failure('interrupted', 'Stopped; nothing was changed.'))
        else if (text !== undefined && /^\d$/.test(text)) {
          // The second digit of a number, where there is such a one; else the first of another.
          digits = Number(digits + text) <= choices.length ? digits + text : text
          if (choices[Number(digits) - 1] !== undefined) mark(Number(digits) - 1)
        }
      }
      stdin.on('keypress', hear)
    })
  } finally {
    stdin.off('keypress', hear)
    stdin.setRawMode?.(false)
    stdin.pause()
    erase()
    stderr.write(`${paintError('bold', question)} ${choices[marked]!.name}\n`)
  }
}
