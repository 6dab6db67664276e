import type { Option } from '../command.ts'
import { globalOptions } from '../global-options.ts'

type Options = Readonly<Record<string, Option>>
type Given = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** Every setting of the server as an option of the command line, from the server's own list. */
export async function serverOptions(): Promise<Options> {
  const { settingsOf } = await import('@cloudbox/server/kernel/config')
  const { modules } = await import('@cloudbox/server/modules/index')
  const entries = settingsOf(modules)
    .filter(({ flag }) => !(flag.slice(2) in globalOptions))
    .map(({ flag, schema }): [string, Option] => {
      const { type, description = '', list, default: fallback } = schema as Described
      const text = String(fallback)
      // A long address does not fit into a line; the description says whose it is.
      const usually = text === '' || text === 'false' || text.length > 30 ? '' : ` (${text})`
      const told = { description: `${description.replace(/\.$/, '')}${usually}` }
      if (type === 'boolean') return [flag.slice(2), { type: 'boolean', ...told }]
      const value = type === 'integer' ? unitOf(flag) : 'VALUE'
      return [
        flag.slice(2),
        { type: 'string', value, ...told, ...(list === true ? { multiple: true as const } : {}) },
      ]
    })
  return Object.fromEntries(entries)
}

interface Described {
  readonly type?: string
  readonly description?: string
  readonly list?: true
  readonly default?: unknown
}

function unitOf(flag: string): string {
  if (flag.endsWith('-ms')) return 'MS'
  return flag.endsWith('-bytes') ? 'BYTES' : 'NUMBER'
}

/** What was given, as the server reads it. */
export function serverArguments(given: Given): string[] {
  const { url: _url, help: _help, version: _version, ...rest } = given
  return Object.entries(rest).flatMap(([name, value]) => {
    if (value === undefined || value === false) return []
    return value === true
      ? [`--${name}`]
      : [`--${name}=${typeof value === 'string' ? value : value.join(',')}`]
  })
}
