import { parseArgs, type ParseArgsConfig } from 'node:util'
import { closest } from './closest.ts'
import type { Command, Option } from './command.ts'
import { failure, type Failure } from './failure.ts'
import { globalOptions, shortOptions } from './global-options.ts'

/** A command line, read. */
export interface Line {
  readonly isHelp: boolean
  readonly isVersion: boolean
  readonly isJson: boolean
  /** The words before the first one that is no command: `org` of `org --help`. */
  readonly words: readonly string[]
  readonly command: Command | undefined
}

type Options = Readonly<Record<string, Option>>

/** Finds the command of a line, wherever its options stand. */
export function readLine(commands: readonly Command[], argv: readonly string[]): Line {
  const options: Options = Object.assign({}, ...commands.map(({ options = {} }) => options), globalOptions)
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: toConfig(options),
    strict: false,
    allowPositionals: true,
  })
  const isAsked = positionals[0] === 'help'
  const words = isAsked ? positionals.slice(1) : positionals
  const found = commands
    .filter(({ name }) => name.split(' ').every((word, i) => words[i] === word))
    .sort((a, b) => b.name.length - a.name.length)[0]
  return {
    isHelp: values['help'] === true || isAsked,
    isVersion: values['version'] === true,
    isJson: values['json'] === true,
    words,
    command: found,
  }
}

/** Reads the words and options of a command. @throws Failure `cli/usage` */
export function readGiven(command: Command, argv: readonly string[]) {
  const options: Options = { ...command.options, ...globalOptions }
  const { values, positionals } = parseStrictly(command, options, argv)
  const names = Object.entries(command.arguments ?? {})
  const words = positionals.slice(command.name.split(' ').length)
  const missing = names.find(([, { optional }], i) => words[i] === undefined && optional !== true)
  if (missing !== undefined)
    throw usage(command, `${missing[0].toUpperCase()} is missing: ${missing[1].description}.`)
  if (words.length > names.length) throw usage(command, `"${words[names.length]}" is one word too many.`)
  const given: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(options)) {
    const value = values[name]
    given[name] = option.multiple && Array.isArray(value) ? value.flatMap(splitList) : value
  }
  return { arguments: Object.fromEntries(names.map(([name], i) => [name, words[i]])), options: given }
}

/** The commands that begin with these words. */
export function groupOf(commands: readonly Command[], words: readonly string[]): Command[] {
  return commands.filter(({ name }) => words.every((word, i) => name.split(' ')[i] === word))
}

/** That words are no command, with the nearest one. */
export function unknownCommand(commands: readonly Command[], words: readonly string[]): Failure {
  const known = words.findIndex((_, i) => groupOf(commands, words.slice(0, i + 1)).length === 0)
  const before = known === -1 ? words : words.slice(0, known)
  const next = [...new Set(groupOf(commands, before).map(({ name }) => name.split(' ')[before.length]!))]
  const path = ['cloudbox', ...before].join(' ')
  const word = words[before.length]
  if (word === undefined) return failure('unknown-command', `${path} what?`, `One of: ${next.join(', ')}.`)
  const meant = closest(word, next)
  return failure(
    'unknown-command',
    `There is no command "${words.slice(0, before.length + 1).join(' ')}".`,
    meant === undefined ? `"${path} --help" lists what there is.` : `Did you mean "${path} ${meant}"?`,
  )
}

function parseStrictly(command: Command, options: Options, argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: toConfig(options), strict: true, allowPositionals: true })
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error)) throw error
    const name = /'(?:-\w, )?--?([\w-]+)/.exec(error.message)?.[1] ?? ''
    if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      const meant = closest(name, Object.keys(options))
      throw usage(
        command,
        `"cloudbox ${command.name}" has no option ${name.length === 1 ? '-' : '--'}${name}.`,
        meant === undefined ? undefined : `Did you mean --${meant}?`,
      )
    }
    const { type, value = 'VALUE' } = options[name] ?? { type: undefined }
    throw usage(
      command,
      type === 'boolean' ? `--${name} takes no value.` : `--${name} needs a value.`,
      type === 'string'
        ? `Write --${name} ${value}, or --${name}=${value} when it begins with a dash.`
        : undefined,
    )
  }
}

function usage(command: Command, detail: string, hint?: string): Failure {
  return failure('usage', detail, hint ?? `"cloudbox ${command.name} --help" shows how it is used.`)
}

function toConfig(options: Options): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple }]) => [
      name,
      {
        type,
        ...(multiple === undefined ? {} : { multiple }),
        ...(shortOptions[name] === undefined ? {} : { short: shortOptions[name] }),
      },
    ]),
  )
}

function splitList(text: unknown): string[] {
  return String(text)
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}
