import type { Option } from './command.ts'
import { failure } from './failure.ts'
import { ask, readAll } from './terminal/prompt.ts'
import type { Terminal } from './terminal/terminal.ts'

export const valueOptions = {
  value: { type: 'string', value: 'TEXT', description: 'The value itself' },
} as const satisfies Record<string, Option>

/** A value from --value, standard input or a prompt. @throws Failure `cli/usage` when there is none */
export async function readValue(
  terminal: Terminal,
  { name, isHidden }: { readonly name: string; readonly isHidden: boolean },
  { value }: { readonly value?: string | undefined },
): Promise<string> {
  if (value !== undefined) return value
  const isPiped = terminal.stdin.isTTY !== true
  const read = isPiped
    ? await readAll(terminal)
    : await ask(terminal, {
        question: `Value of ${name}:`,
        isHidden,
        instead: 'the value on standard input, or --value TEXT',
      })
  // An empty one comes from a pipe that failed more often than from somebody who means it.
  if (read === '')
    throw failure(
      'usage',
      `There is no value for ${name}.`,
      'Give it on standard input, or --value "" for an empty one.',
    )
  return read
}
