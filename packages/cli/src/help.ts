import type { Argument, Command, Option } from './command.ts'
import { globalOptions, shortOptions } from './global-options.ts'
import { widthOf, wrap } from './terminal/text.ts'
import type { Terminal } from './terminal/terminal.ts'

type Shown = Pick<Terminal, 'paint' | 'width'>

const usualWidth = 80

/** The first page: every command with its summary. */
export function overview(terminal: Shown, commands: readonly Command[]): string {
  const { paint } = terminal
  return [
    `${paint('bold', 'cloudbox')}: the command line of CloudBox`,
    '',
    section(terminal, 'Usage', ['cloudbox COMMAND [OPTIONS]']),
    '',
    section(
      terminal,
      'Commands',
      listed(
        terminal,
        commands.map(({ name, summary }) => [name, summary]),
      ),
    ),
    '',
    section(terminal, 'Options', optionLines(terminal, globalOptions)),
    '',
    section(terminal, 'Examples', [
      'cloudbox login https://cloudbox.example.com',
      'cloudbox env create staging --project shop',
      'cloudbox keys list --project shop --env staging --json',
    ]),
    '',
    '"cloudbox COMMAND --help" tells more about one of them.',
  ].join('\n')
}

/** The commands of a group: `cloudbox org --help`. */
export function groupHelp(terminal: Shown, group: string, commands: readonly Command[]): string {
  return [
    section(terminal, 'Usage', [`cloudbox ${group} COMMAND [OPTIONS]`]),
    '',
    section(
      terminal,
      'Commands',
      listed(
        terminal,
        commands.map(({ name, summary }) => [name, summary]),
      ),
    ),
    '',
    section(terminal, 'Example', [commands[0]!.examples[0]!]),
    '',
    `"cloudbox ${commands[0]!.name} --help" tells more about one of them.`,
  ].join('\n')
}

export function commandHelp(terminal: Shown, command: Command): string {
  const { summary, description, examples } = command
  const { version: _version, ...always } = globalOptions
  const given = Object.entries(command.arguments ?? {})
  const options = Object.entries(command.options ?? {})
  const parts = [`${summary}.`]
  if (description !== undefined)
    parts.push('', ...description.split('\n').flatMap(line => wrap(line, widthIn(terminal))))
  parts.push('', section(terminal, 'Usage', [usageLine(command)]))
  if (given.length > 0)
    parts.push(
      '',
      section(
        terminal,
        'Arguments',
        listed(
          terminal,
          given.map(([name, one]) => [name.toUpperCase(), one.description]),
        ),
      ),
    )
  if (options.length > 0)
    parts.push('', section(terminal, 'Options', optionLines(terminal, command.options ?? {})))
  parts.push('', section(terminal, 'Always', optionLines(terminal, always)))
  parts.push('', section(terminal, examples.length === 1 ? 'Example' : 'Examples', examples))
  return parts.join('\n')
}

function usageLine({ name, arguments: given = {}, options = {} }: Command): string {
  const words = Object.entries(given).map(([word, { optional }]: [string, Argument]) =>
    optional === true ? `[${word.toUpperCase()}]` : word.toUpperCase(),
  )
  return ['cloudbox', name, ...words, ...(Object.keys(options).length > 0 ? ['[OPTIONS]'] : [])].join(' ')
}

function optionLines(terminal: Shown, options: Readonly<Record<string, Option>>): string[] {
  return listed(
    terminal,
    Object.entries(options).map(([name, { value, type, description }]) => {
      const short = shortOptions[name]
      const label = `${short === undefined ? '' : `-${short}, `}--${name}`
      return [type === 'string' ? `${label} ${value ?? 'VALUE'}` : label, description]
    }),
  )
}

/** Two columns; what does not fit goes on below itself. */
function listed(terminal: Shown, rows: readonly (readonly [string, string])[]): string[] {
  const labelWidth = Math.max(...rows.map(([label]) => widthOf(label)))
  const room = Math.max(20, widthIn(terminal) - labelWidth - 4)
  return rows.flatMap(([label, text]) =>
    wrap(text, room).map((line, i) => {
      const padded = (i === 0 ? label : '').padEnd(labelWidth)
      return `${i === 0 ? terminal.paint('cyan', padded) : padded}  ${line}`
    }),
  )
}

function section({ paint }: Shown, title: string, lines: readonly string[]): string {
  return [paint('bold', title), ...lines.map(line => `  ${line}`)].join('\n')
}

function widthIn({ width = usualWidth }: Shown): number {
  return Math.min(width, 100)
}
