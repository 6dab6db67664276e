import type { TObject, TSchema } from 'typebox'
import { closestName } from '../lib/closest-name.ts'
import type { AnyModule } from './module.ts'
import { serverConfig, type ServerConfig } from './server-config.ts'
import { settleTls } from './tls-settings.ts'
import { streamConfig, type StreamConfig } from './stream/stream-config.ts'

/** One setting of one word, with every name it goes by. */
export interface Setting {
  readonly word: string
  readonly key: string
  readonly env: string
  readonly flag: string
  readonly schema: TSchema & { default?: unknown; description?: string; list?: true }
}

/** All settings, frozen. */
export interface Config {
  readonly server: ServerConfig
  readonly stream: StreamConfig
  readonly modules: Readonly<Record<string, object>>
}

/** What is wrong with the settings, every mistake at once. */
export class ConfigProblem extends Error {
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

/** Every setting there is: the server's own, the change stream's and each module's. */
export function settingsOf(modules: readonly AnyModule[]): Setting[] {
  const of = (word: string, schema: TObject): Setting[] =>
    Object.entries(schema.properties).map(([key, property]) => {
      const words = kebab(key)
      const path = word === 'server' ? words : `${word}-${words}`
      const env = word === 'server' && key !== 'databaseUrl' ? `CLOUDBOX_${path}` : path
      return { word, key, env: env.replaceAll('-', '_').toUpperCase(), flag: `--${path}`, schema: property }
    })
  return [
    ...of('server', serverConfig),
    ...of('stream', streamConfig),
    ...modules.flatMap(module => (module.config === undefined ? [] : of(module.name, module.config))),
  ]
}

/** Reads settings from flags, then the environment, then defaults. Throws a ConfigProblem naming every mistake. */
export function readConfig(
  modules: readonly AnyModule[],
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const settings = settingsOf(modules)
  const mistakes: string[] = []
  const flags = readFlags(settings, argv, mistakes)
  const given = new Set<string>()
  const values: Record<string, Record<string, unknown>> = { server: {}, stream: {} }
  for (const module of modules) values[module.name] = {}
  for (const setting of settings) {
    const [text, from] = flags.has(setting.flag)
      ? [flags.get(setting.flag), setting.flag]
      : [env[setting.env] || undefined, setting.env]
    values[setting.word]![setting.key] =
      text === undefined ? setting.schema.default : parse(setting, text, from, mistakes)
    if (text !== undefined && setting.word === 'server') given.add(setting.key)
  }
  settleTls(values['server'] as ServerConfig, given, mistakes)
  checkOnly(String(values['server']!['only'] ?? ''), modules, mistakes)
  if (mistakes.length > 0) throw new ConfigProblem(mistakes)
  const { server, stream, ...rest } = values
  return Object.freeze({
    server: Object.freeze(server) as ServerConfig,
    stream: Object.freeze(stream) as StreamConfig,
    modules: Object.freeze(rest),
  })
}

/** The text of `--help`. */
export function helpText(settings: readonly Setting[]): string {
  const width = Math.max(...settings.map(setting => setting.flag.length))
  const lines = settings.map(({ flag, env, schema }) => {
    const fallback = schema.default === '' ? '' : ` (${String(schema.default)})`
    return `  ${flag.padEnd(width)}  ${schema.description ?? ''}${fallback}  ${env}`
  })
  return `npm start -- [options]\n\n${lines.join('\n')}\n`
}

function readFlags(
  settings: readonly Setting[],
  argv: readonly string[],
  mistakes: string[],
): Map<string, string> {
  const flags = new Map<string, string>()
  const set = ({ flag, schema }: Setting, text: string) => {
    const before = schema.list === true ? flags.get(flag) : undefined
    flags.set(flag, before === undefined ? text : `${before},${text}`)
  }
  for (let i = 0; i < argv.length; i++) {
    const [name, inline] = splitOnce(argv[i]!, '=')
    const setting = settings.find(({ flag }) => flag === name)
    if (setting === undefined) {
      mistakes.push(`${name}: there is no such option (--help lists them)`)
    } else if (inline !== undefined) {
      set(setting, inline)
    } else if (typeOf(setting.schema) === 'boolean') {
      flags.set(name, 'true')
    } else if (argv[i + 1] === undefined) {
      mistakes.push(`${name}: needs a value`)
    } else {
      set(setting, argv[++i]!)
    }
  }
  return flags
}

/** The parts of a setting that is a list: `a, b`. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}

function checkOnly(only: string, modules: readonly AnyModule[], mistakes: string[]): void {
  const names = modules.map(({ name }) => name)
  for (const name of listOf(only)) {
    if (names.includes(name)) continue
    const meant = closestName(name, names)
    const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`
    mistakes.push(`--only: there is no module "${name}" (${hint})`)
  }
}

function parse(setting: Setting, text: string, from: string, mistakes: string[]): unknown {
  const {
    minimum,
    maximum,
    enum: allowed,
  } = setting.schema as { minimum?: number; maximum?: number; enum?: string[] }
  const type = typeOf(setting.schema)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (type === 'integer' && /^-?\d+$/.test(text)) {
    const value = Number(text)
    if (value >= (minimum ?? -Infinity) && value <= (maximum ?? Infinity)) return value
    mistakes.push(`${from}: ${text} is not between ${minimum ?? 'any'} and ${maximum ?? 'any'}`)
    return undefined
  }
  if (allowed !== undefined && !allowed.includes(text)) {
    mistakes.push(`${from}: "${text}" is none of ${allowed.join(', ')}`)
    return undefined
  }
  if (type === 'string' || allowed !== undefined) return text
  mistakes.push(`${from}: "${text}" is not ${type === 'integer' ? 'an integer' : `a ${type}`}`)
  return undefined
}

function typeOf(schema: TSchema): string {
  return (schema as { type?: string }).type ?? 'string'
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
