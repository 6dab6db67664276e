import { Type, type Static, type TObject, type TSchema } from 'typebox'
import type { AnyModule } from './module.ts'
import { streamConfig, type StreamConfig } from './stream/stream-config.ts'

/** Settings of the server itself. */
export const serverConfig = Type.Object({
  port: Type.Integer({
    default: 8090,
    minimum: 0,
    maximum: 65535,
    description: 'Port to listen on; 0 takes a free one.',
  }),
  host: Type.String({
    default: '127.0.0.1',
    description: 'Address to listen on; 0.0.0.0 opens it to the network.',
  }),
  dataDir: Type.String({
    default: '.cloudbox',
    description: 'Folder of the embedded Postgres and of the local keys.',
  }),
  databaseUrl: Type.String({ default: '', description: 'A Postgres to use instead of the embedded one.' }),
  masterKey: Type.String({
    default: '',
    description: 'Hex of the 32 bytes that seal secrets and sign tokens; kept in the data folder unless set.',
  }),
  publicUrl: Type.String({
    default: '',
    description: 'Where people reach this server, e.g. https://api.example.com; mails and tokens name it.',
  }),
  trustedProxies: Type.String({
    default: '',
    description: 'Addresses of proxies (IPs and networks, with commas) whose X-Forwarded-For is believed.',
  }),
  ownerEmail: Type.String({
    default: '',
    description: 'Makes the owner of a new installation, without the link of the set-up.',
  }),
  ownerPassword: Type.String({ default: '', description: 'The password of that owner.' }),
  json: Type.Boolean({
    default: false,
    description: 'Print one JSON line when ready instead of the summary.',
  }),
  logLevel: Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
    default: 'warn',
    description: 'How much to log.',
  }),
  poolSize: Type.Integer({
    default: 16,
    minimum: 1,
    maximum: 500,
    description: 'Most connections to Postgres for requests.',
  }),
  statementTimeoutMs: Type.Integer({
    default: 10_000,
    minimum: 100,
    description: 'Longest time a statement may take.',
  }),
  workers: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'Processes that answer requests; above 1 the first one supervises them.',
  }),
  shutdownGraceMs: Type.Integer({
    default: 10_000,
    minimum: 0,
    description: 'How long requests under way may take to end when the server stops.',
  }),
  bodyLimitBytes: Type.Integer({
    default: 10_485_760,
    minimum: 1024,
    description: 'Largest body of a request.',
  }),
  diskReserveBytes: Type.Integer({
    default: 268_435_456,
    minimum: 0,
    description: 'The embedded Postgres takes no writes while its disk has less free.',
  }),
  requestTimeoutMs: Type.Integer({
    default: 60_000,
    minimum: 100,
    description: 'Longest time a request may take to arrive.',
  }),
})
export type ServerConfig = Static<typeof serverConfig>

/** One setting of one word, with every name it goes by. */
export interface Setting {
  readonly word: string
  readonly key: string
  readonly env: string
  readonly flag: string
  readonly schema: TSchema & { default?: unknown; description?: string }
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
  const values: Record<string, Record<string, unknown>> = { server: {}, stream: {} }
  for (const module of modules) values[module.name] = {}
  for (const setting of settings) {
    const [text, from] = flags.has(setting.flag)
      ? [flags.get(setting.flag), setting.flag]
      : [env[setting.env] || undefined, setting.env]
    values[setting.word]![setting.key] =
      text === undefined ? setting.schema.default : parse(setting, text, from, mistakes)
  }
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
  for (let i = 0; i < argv.length; i++) {
    const [name, inline] = splitOnce(argv[i]!, '=')
    const setting = settings.find(({ flag }) => flag === name)
    if (setting === undefined) {
      mistakes.push(`${name}: there is no such option (--help lists them)`)
    } else if (inline !== undefined) {
      flags.set(name, inline)
    } else if (typeOf(setting.schema) === 'boolean') {
      flags.set(name, 'true')
    } else if (argv[i + 1] === undefined) {
      mistakes.push(`${name}: needs a value`)
    } else {
      flags.set(name, argv[++i]!)
    }
  }
  return flags
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
