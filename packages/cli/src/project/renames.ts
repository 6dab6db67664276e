import type { SchemaRenames } from '@cloudbox/protocol/schema-replies'
import type { Option } from '../command.ts'
import { failure } from '../failure.ts'

export const renameOption = {
  rename: {
    type: 'string',
    value: 'OLD=NEW',
    multiple: true,
    description: 'What has a new name: people.age=years, or a collection: people=persons',
  },
} as const satisfies Record<string, Option>

/** Reads `people.age=years` and `people=persons`. @throws Failure `cli/usage` */
export function readRenames(texts: readonly string[] = []): SchemaRenames {
  const collections: Record<string, string> = {}
  const fields: Record<string, Record<string, string>> = {}
  for (const text of texts) {
    const [, collection, field, to] = /^([A-Za-z]\w*)(?:\.([A-Za-z]\w*))?=([A-Za-z]\w*)$/.exec(text) ?? []
    if (collection === undefined || to === undefined)
      throw failure('usage', `--rename ${text} is no new name.`, 'Write people.age=years, or people=persons.')
    if (field === undefined) collections[collection] = to
    else (fields[collection] ??= {})[field] = to
  }
  // Those of fields are told by the new name of their collection.
  const renamed = Object.entries(fields).map(([name, names]) => [collections[name] ?? name, names])
  return { collections, fields: Object.fromEntries(renamed) as Record<string, Record<string, string>> }
}
