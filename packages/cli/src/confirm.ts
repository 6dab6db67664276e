import type { Option, Outcome } from './command.ts'
import { failure } from './failure.ts'
import { ask } from './terminal/prompt.ts'
import type { Terminal } from './terminal/terminal.ts'

/** What every command that destroys something takes. */
export const confirmOptions = {
  yes: { type: 'string', value: 'NAME', description: 'Confirm by saying the name, without being asked' },
  'dry-run': { type: 'boolean', description: 'Only say what would be done' },
} as const satisfies Record<string, Option>

interface Destruction {
  /** What is named to confirm. */
  readonly name: string
  /** What it destroys, as a sentence: "This removes shop with its 3 environments." */
  readonly what: string
}

/**
 * Lets a destroying command go on only after its object was named. Resolves to its outcome when nothing is to be done.
 * @throws Failure `cli/needs-terminal`, `cli/not-confirmed`
 */
export async function confirm(
  terminal: Terminal,
  { name, what }: Destruction,
  options: { readonly yes: string | undefined; readonly 'dry-run': boolean | undefined },
): Promise<Outcome | undefined> {
  if (options['dry-run'] === true)
    return { json: { dryRun: true, name, what }, text: what, notes: ['Nothing was changed.'] }
  let said = options.yes
  if (said === undefined) {
    if (terminal.isInteractive) terminal.stderr.write(`${terminal.paintError('yellow', what)}\n`)
    said = await ask(terminal, { question: `Type ${name} to confirm:`, instead: `--yes ${name}` })
  }
  if (said === name) return undefined
  throw failure('not-confirmed', `"${said}" is not "${name}"; nothing was changed.`, `Say --yes ${name}.`)
}
