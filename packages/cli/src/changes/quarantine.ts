import type {
  ChangeBatchBody,
  ChangeBatchReply,
  OnlineChangeReply,
  QuarantineReply,
} from '@cloudbox/protocol/schema-changes'
import { at } from '../api.ts'
import type { EnvironmentApi } from '../project/environment-api.ts'
import { count } from '../step-text.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { nameOf } from './show-change.ts'

const shownDocuments = 10

/** Documents that keep a change waiting. */
export interface Quarantine {
  readonly count: number
  /** The first of them. */
  readonly documents: QuarantineReply['documents']
}

export async function readQuarantine(api: EnvironmentApi, change: OnlineChangeReply): Promise<Quarantine> {
  const { documents } = await api.get<QuarantineReply>(at`/schema/changes/${change.id}/quarantine`)
  return {
    count: Math.max(change.quarantined, documents.length),
    documents: documents.slice(0, shownDocuments),
  }
}

/** Has values computed anew that a function had none for: it may have been mended. */
export async function releaseQuarantine(api: EnvironmentApi, change: OnlineChangeReply): Promise<void> {
  const path = at`/schema/changes/${change.id}`
  for (let left = change.quarantined; left > 0;) {
    const { documents } = await api.get<QuarantineReply>(`${path}/quarantine`)
    if (documents.length === 0) return
    left -= documents.length
    const body: ChangeBatchBody = { again: documents.map(({ document }) => document), limit: 0 }
    await api.post<ChangeBatchReply>(`${path}/batch`, body)
  }
}

/** Some of the documents with what is wrong, how many there are, and what helps. */
export function quarantineLines(
  { paintError: paint, stderr }: Terminal,
  change: OnlineChangeReply,
  { quarantine, help }: { readonly quarantine: Quarantine; readonly help: readonly string[] },
): string[] {
  const { documents } = quarantine
  const width = stderr.isTTY === true ? (stderr.columns ?? 80) : undefined
  const rows = documents.map(({ document, value, message }) => [document, value, message])
  const more = quarantine.count - documents.length
  return [
    `${paint('red', '✗')} ${nameOf(change)}: ${count(quarantine.count, 'document')} ${quarantine.count === 1 ? 'has' : 'have'} no value in the new type.`,
    ...table({ width, paint }, ['DOCUMENT', 'VALUE', 'WHY'], rows).split('\n'),
    ...(more > 0 ? [`… and ${more.toLocaleString('en')} more`] : []),
    ...help.map(line => `${paint('cyan', '→')} ${line}`),
  ]
}
