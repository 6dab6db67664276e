import type { Api } from './api.ts'
import type { SessionStore } from './session/session-store.ts'
import type { TokenSource } from './session/token-source.ts'
import type { Terminal } from './terminal/terminal.ts'

/** A word that stands by its place. */
export interface Argument {
  readonly description: string
  readonly optional?: true
}

export interface Option {
  readonly type: 'string' | 'boolean'
  /** What stands for its value in the help: `NAME`. */
  readonly value?: string
  readonly description: string
  /** May be given more than once, and with commas. */
  readonly multiple?: true
}

type Arguments = Readonly<Record<string, Argument>>
type Options = Readonly<Record<string, Option>>

type ArgumentValues<A extends Arguments> = {
  readonly [Name in keyof A]: A[Name] extends { optional: true } ? string | undefined : string
}

type OptionValues<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends { type: 'boolean' }
    ? boolean | undefined
    : O[Name] extends { multiple: true }
      ? string[] | undefined
      : string | undefined
}

/** What a command stands on. */
export interface Setting {
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly store: SessionStore
  /** Asks the server that is meant, as whoever is signed in there. */
  readonly api: Api
  /** Origin of that server. */
  readonly url: string
  /** Of whoever is signed in there. */
  readonly tokens: TokenSource
  /** The folder the command line was started in. */
  readonly cwd: string
  readonly isJson: boolean
}

/** What a command has to say. */
export interface Outcome {
  /** The document of `--json`; undefined of what has told events instead. */
  readonly json: unknown
  /** Standard output without `--json`; nothing when it is absent. */
  readonly text?: string | undefined
  /** For people beside it, on standard error. */
  readonly notes?: readonly string[]
  readonly exitCode?: number
}

interface Definition<A extends Arguments, O extends Options> {
  /** As it is typed: `org invite`. */
  readonly name: string
  readonly summary: string
  /** More than the summary says; paragraphs. */
  readonly description?: string
  readonly arguments?: A
  readonly options?: O
  /** Options that stand elsewhere and are loaded for this command alone. */
  moreOptions?(): Promise<Options>
  /** Whole command lines. */
  readonly examples: readonly string[]
  /** Resolves to nothing when it has written its answer itself. */
  run(
    setting: Setting,
    given: { readonly arguments: ArgumentValues<A>; readonly options: OptionValues<O> },
  ): Promise<Outcome | void>
}

export type Command = Omit<Definition<Arguments, Options>, 'run'> & {
  run(
    setting: Setting,
    given: { readonly arguments: Record<string, never>; readonly options: Record<string, never> },
  ): Promise<Outcome | void>
}

/** Declares a command: its help, the reading of its words and their types come from the same literal. */
export function command<
  const A extends Arguments = Record<never, never>,
  const O extends Options = Record<never, never>,
>(definition: Definition<A, O>): Command {
  return definition as unknown as Command
}

/** The command with the options that are loaded for it. */
export async function completed(command: Command): Promise<Command> {
  if (command.moreOptions === undefined) return command
  return { ...command, options: { ...command.options, ...(await command.moreOptions()) } }
}
