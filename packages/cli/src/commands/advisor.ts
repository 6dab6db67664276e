import type { IndexAdvice, IndexReport } from '@cloudbox/protocol/advisor'
import type { CollectionDefinition, IndexDefinition } from '@cloudbox/protocol/collection'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { failure } from '../failure.ts'
import { targetOf, targetOptions } from '../project/target.ts'
import { whileWaiting } from '../terminal/progress.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { harmless } from '../terminal/text.ts'

const kinds = ['btree', 'gin', 'gist', 'trigram'] as const

const advise = command({
  name: 'advisor indexes',
  summary: 'Say which indexes are missing, needless or broken',
  description:
    'Takes the statements that Postgres has counted, makes the indexes that may help on a copy of the documents, and tells those that pay with the queries they serve. Nothing is changed.',
  options: targetOptions,
  examples: ['cloudbox advisor indexes', 'cloudbox advisor indexes --env production --json'],
  async run(setting, { options }) {
    const target = await targetOf(setting, options)
    const report = await whileWaiting(setting.terminal, `Trying indexes on a copy of ${target.name}`, () =>
      target.api.get<IndexReport>('/advisor/indexes'),
    )
    return { json: report, text: reportText(setting.terminal, report, target.name) }
  },
})

const create = command({
  name: 'advisor create',
  summary: 'Make an index',
  description:
    'As "advisor indexes" and the header x-cloudbox-advice suggest it. An index that is there already is left alone. Where the app has a schema.ts, write it there too, or the next push takes it away.',
  arguments: {
    collection: { description: 'The collection' },
    fields: { description: 'Its fields with commas; -createdAt for the last first' },
  },
  options: {
    ...targetOptions,
    kind: { type: 'string', value: 'KIND', description: 'btree (unless told), gin, gist or trigram' },
  },
  examples: [
    'cloudbox advisor create todos owner,-createdAt',
    'cloudbox advisor create todos title --kind trigram',
  ],
  async run(setting, { arguments: { collection, fields }, options }) {
    const target = await targetOf(setting, options)
    const index: IndexDefinition = { fields: fields.split(','), ...kindOf(options.kind) }
    const path = at`/data/$collections/${collection}`
    const { indexes = [] } = await target.api.get<CollectionDefinition>(path)
    if (!indexes.some(known => JSON.stringify(shape(known)) === JSON.stringify(shape(index))))
      await whileWaiting(setting.terminal, `Making the index on ${collection}`, () =>
        target.api.patch(path, { indexes: [...indexes, index] }),
      )
    return {
      json: { environment: target.name, collection, index },
      text: `${collection} of ${target.name} has an index on ${fields}.`,
    }
  },
})

const repair = command({
  name: 'advisor repair',
  summary: 'Make an index anew that was interrupted',
  arguments: { index: { description: 'Its name in Postgres, as "advisor indexes" tells it' } },
  options: targetOptions,
  examples: ['cloudbox advisor repair todos.owner.index'],
  async run(setting, { arguments: { index }, options }) {
    const target = await targetOf(setting, options)
    await whileWaiting(setting.terminal, `Making ${index} anew`, () =>
      target.api.post('/advisor/indexes/repair', { index }),
    )
    return { json: { environment: target.name, index }, text: `${index} is whole again.` }
  },
})

export const advisorCommands = [advise, create, repair]

function kindOf(kind: string | undefined): Pick<IndexDefinition, 'kind'> {
  if (kind === undefined || kind === 'btree') return {}
  const known = kinds.find(name => name === kind)
  if (known === undefined)
    throw failure('usage', `There is no index of kind ${kind}.`, `There are ${kinds.join(', ')}.`)
  return { kind: known }
}

function shape({ fields, kind = 'btree', unique = false, where }: IndexDefinition) {
  return { fields, kind, unique, where: where ?? null }
}

/** Advice for people: what to do, why, and what it serves. */
function reportText(terminal: Terminal, { advice, statements }: IndexReport, name: string): string {
  const seen =
    statements.source === 'unavailable'
      ? 'This Postgres does not count statements: load pg_stat_statements to be told of missing indexes.'
      : `${statements.seen} statements looked at.`
  if (advice.length === 0) return `Nothing to do about the indexes of ${name}. ${seen}`
  return [...advice.map(one => adviceText(terminal, one)), terminal.paint('dim', seen)].join('\n\n')
}

function adviceText({ paint, width = 80 }: Terminal, advice: IndexAdvice): string {
  const reason = `  ${harmless(advice.reason)}`
  if (advice.kind === 'repair')
    return [
      `${paint('yellow', '!')} ${paint('bold', `${harmless(advice.index)} is broken`)}`,
      reason,
      `  ${paint('cyan', `cloudbox advisor repair ${advice.index}`)}`,
    ].join('\n')
  if (advice.kind === 'drop')
    return [
      `${paint('yellow', '−')} ${paint('bold', `${advice.collection}: ${advice.index.fields.join(', ')} can go`)}  ${paint('dim', size(advice.bytes))}`,
      reason,
    ].join('\n')
  const commands = advice.indexes.map(
    ({ fields, kind }) =>
      `  ${paint('cyan', `cloudbox advisor create ${advice.collection} ${fields.join(',')}${kind === undefined ? '' : ` --kind ${kind}`}`)}`,
  )
  const serves = advice.serves.map(({ query, calls, meanMs, msBefore, msAfter }) => {
    const times = msBefore === undefined ? '' : `, on the copy ${msBefore} → ${msAfter} ms`
    return [
      `  ${paint('dim', `${calls}× ${meanMs} ms${times}`)}`,
      `    ${paint('dim', cut(conditionOf(query), width - 4))}`,
    ].join('\n')
  })
  const what = advice.indexes.map(({ fields }) => fields.join(', ')).join(' and ')
  return [
    `${paint('green', '+')} ${paint('bold', `${advice.collection}: an index on ${what}`)}`,
    reason,
    ...serves,
    ...commands,
  ].join('\n')
}

/** What tells one of our statements from another: from the table on. */
function conditionOf(query: string): string {
  const match = /from "[^"]+"\.("[^"]+" \w+ where .*?)(?:\) d cross join|$)/s.exec(query)
  return harmless((match?.[1] ?? query).replaceAll(/\s+/g, ' ').replaceAll(/\bd\./g, ''))
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

function size(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`
  return `${Math.round(bytes / 1_000_000)} MB`
}
