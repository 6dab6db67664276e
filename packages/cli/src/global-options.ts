import type { Option } from './command.ts'

/** What every command takes. */
export const globalOptions = {
  json: { type: 'boolean', description: 'Print one JSON document' },
  url: {
    type: 'string',
    value: 'URL',
    description: 'The server; else CLOUDBOX_URL, or the one signed in to last',
  },
  help: { type: 'boolean', description: 'Show this help' },
  version: { type: 'boolean', description: 'Show the version' },
} as const satisfies Record<string, Option>

export const shortOptions: Readonly<Record<string, string>> = { help: 'h', version: 'v' }
