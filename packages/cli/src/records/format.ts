import { extname } from 'node:path'
import { failure } from '../failure.ts'

/** How documents are written in files. */
const formats = ['jsonl', 'json', 'csv', 'sql'] as const
export type Format = (typeof formats)[number]
export type ReadableFormat = Exclude<Format, 'sql'>

const byExtension: Readonly<Record<string, Format>> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.sql': 'sql',
}

/** The format that was asked for, or the one the name of the file tells. @throws Failure `cli/usage` */
export function formatOf(asked: string | undefined, file: string | undefined): Format | undefined {
  if (asked === undefined) return file === undefined ? undefined : byExtension[extname(file).toLowerCase()]
  const known = formats.find(format => format === asked)
  if (known !== undefined) return known
  throw failure('usage', `There is no format ${asked}.`, `There are ${formats.join(', ')}.`)
}
