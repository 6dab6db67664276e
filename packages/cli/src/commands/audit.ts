import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { AuditedChange, AuditVerdict } from '@cloudbox/protocol/platform-replies'
import { at } from '../api.ts'
import { command, type Option } from '../command.ts'
import { readMoment, showMoment } from '../duration.ts'
import { failure } from '../failure.ts'
import { organisationOf, organisationOptions } from '../places.ts'
import { showProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const filterOptions = {
  action: {
    type: 'string',
    value: 'ACTION',
    description: 'Such as key.created, or key.* for all about keys',
  },
  actor: { type: 'string', value: 'WHO', description: 'Address or id of an operator, name or id of a key' },
  place: { type: 'string', value: 'PLACE', description: 'Such as projects/shop, with everything below' },
  search: { type: 'string', value: 'TEXT', description: 'Text in action, actor, place or subject' },
  since: { type: 'string', value: 'TIME', description: 'From then on: 7d ago, or a date' },
  until: { type: 'string', value: 'TIME', description: 'Before then' },
} as const satisfies Record<string, Option>

type Filter = { readonly [Name in keyof typeof filterOptions]: string | undefined }

const list = command({
  name: 'audit list',
  summary: 'List what was done in an organisation, the newest first',
  options: {
    ...organisationOptions,
    ...filterOptions,
    limit: { type: 'string', value: 'NUMBER', description: 'At most so many, up to 500; 50 unless told' },
    after: {
      type: 'string',
      value: 'NUMBER',
      description: 'Go on below this one: "next" of the list before',
    },
  },
  examples: ['cloudbox audit list --since 7d --action "key.*"'],
  async run(setting, { options }) {
    const organisation = await organisationOf(setting, options)
    const json = await setting.api.get<{ entries: AuditedChange[]; next: number | null }>(
      at`/organisations/${organisation}/audit`,
      { ...toQuery(options), limit: options.limit, after: options.after },
    )
    const rows = json.entries.map(({ number, at: when, actor, action, place, subject }) => [
      String(number),
      showMoment(when),
      actor.name,
      action,
      [shortPlace(place), subject].filter(part => part !== '').join(' '),
    ])
    return {
      json,
      text: table(setting.terminal, ['NUMBER', 'WHEN', 'WHO', 'DID', 'WHERE'], rows),
      notes: json.next === null ? [] : [`There are more: --after ${json.next}`],
    }
  },
})

const exportAll = command({
  name: 'audit export',
  summary: 'Export the audit as JSON lines or CSV',
  options: {
    ...organisationOptions,
    ...filterOptions,
    format: { type: 'string', value: 'FORMAT', description: 'json (a line for each, unless told) or csv' },
    output: { type: 'string', value: 'FILE', description: 'A new file; standard output unless told' },
  },
  examples: ['cloudbox audit export --format csv --output audit.csv'],
  async run(setting, { options }) {
    const { format = 'json', output } = options
    if (format !== 'json' && format !== 'csv')
      throw failure('usage', `There is no format ${format}.`, 'Write --format json or --format csv.')
    const isDocument = setting.isJson && output === undefined
    if (isDocument && format === 'csv')
      throw failure('usage', 'CSV is no JSON document.', 'Add --output FILE, or leave --json out.')
    const organisation = await organisationOf(setting, options)
    const query = { ...toQuery(options), format }
    const { body } = await setting.api.open(at`/organisations/${organisation}/audit/export`, query)
    const target = output === undefined ? setting.terminal.stdout : await openNew(output)
    const progress = showProgress(setting.terminal)
    let bytes = 0
    const counted = async function* (pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        bytes += piece.length
        if (output !== undefined) progress.tell(`${bytes.toLocaleString('en')} bytes`)
        yield piece
      }
    }
    const source = Readable.fromWeb(body as NodeReadableStream<Uint8Array>)
    try {
      if (isDocument) await pipeline(source, asDocument, target, { end: false })
      else await pipeline(source, counted, target, { end: output !== undefined })
    } catch (error) {
      throw failure('unreachable', `The export broke off: ${(error as Error).message}.`, 'Start it again.')
    } finally {
      progress.end()
    }
    if (output === undefined) return
    return {
      json: { file: output, format, bytes },
      text: `Wrote ${output}: ${bytes.toLocaleString('en')} bytes.`,
    }
  },
})

const verify = command({
  name: 'audit verify',
  summary: 'Check that nobody changed, removed or moved an entry',
  description:
    'Prints the head of the chain. Keep it elsewhere and give it to the next check: then a chain that was cut short is found, too. Exits with 1 when the audit is not whole.',
  options: {
    ...organisationOptions,
    head: { type: 'string', value: 'NUMBER:HASH', description: 'The head that an earlier check printed' },
  },
  examples: ['cloudbox audit verify', 'cloudbox audit verify --head "$(cat audit-head)"'],
  async run(setting, { options }) {
    const { paint } = setting.terminal
    const head = options.head === undefined ? {} : readHead(options.head)
    const organisation = await organisationOf(setting, options)
    const json = await setting.api.get<AuditVerdict>(at`/organisations/${organisation}/audit/verify`, head)
    const { isWhole, entries, head: newest, faults } = json
    const text = isWhole
      ? `${paint('green', '✓')} The audit of ${organisation} is whole: ${entries.toLocaleString('en')} entries.`
      : [
          `${paint('red', '✗')} The audit of ${organisation} is not whole.`,
          ...faults.map(({ fault, message }) => `  ${paint('yellow', fault)} ${message}`),
        ].join('\n')
    return {
      json,
      text: `${text}\n  head ${newest.number}:${newest.hash}`,
      exitCode: isWhole ? 0 : 1,
      notes: isWhole ? ['Keep the head elsewhere and give it to the next check with --head.'] : [],
    }
  },
})

export const auditCommands = [list, exportAll, verify]

function toQuery({ action, actor, place, search, since, until }: Filter) {
  const now = Date.now()
  return {
    action,
    actor,
    place,
    search,
    since: since === undefined ? undefined : readMoment('since', since, 'past', now),
    until: until === undefined ? undefined : readMoment('until', until, 'past', now),
  }
}

function readHead(text: string): { number: string; hash: string } {
  const [, number, hash] = /^(\d{1,15}):([0-9a-f]{64}|)$/.exec(text.trim()) ?? []
  if (number === undefined || hash === undefined)
    throw failure('usage', `--head ${text} is no head.`, 'Give it as it was printed: NUMBER:HASH.')
  return { number, hash }
}

/** `shop/dev` of `projects/shop/environments/dev`. */
function shortPlace(place: string): string {
  return place.replace(/^projects\//, '').replace('/environments/', '/')
}

/** One document of the lines of an export, however many. */
async function* asDocument(pieces: Readable): AsyncGenerator<string> {
  let before = '{ "entries": ['
  for await (const line of createInterface({ input: pieces, crlfDelay: Infinity })) {
    yield `${before}\n${line}`
    before = ','
  }
  yield before === ',' ? '\n] }\n' : `${before}] }\n`
}

/** What is there is not written over. */
async function openNew(file: string): Promise<Writable> {
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600 })
  try {
    await once(target, 'open')
  } catch (error) {
    throw failure('usage', `${file} cannot be written: ${(error as Error).message}.`, 'Name a new file.')
  }
  return target
}
