import type { ClientTransform } from '@cloudbox/client/schema'
import type { ChangeBatchBody, ChangeBatchReply } from '@cloudbox/protocol/schema-changes'

type Row = ChangeBatchReply['rows'][number]

/** A value for one document, or why there is none. */
export type Answer =
  | { readonly kind: 'value'; readonly value: NonNullable<ChangeBatchBody['values']>[number] }
  | { readonly kind: 'failure'; readonly failure: NonNullable<ChangeBatchBody['failures']>[number] }

/** Runs a function of the app over documents, one after the other. Ends early when it is told to stop. */
export async function computeValues(
  transform: ClientTransform,
  rows: readonly Row[],
  { aborted }: { readonly aborted: () => boolean },
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const row of rows) {
    if (aborted()) break
    answers.push(await compute(transform, row))
  }
  return answers
}

async function compute(transform: ClientTransform, { id, version, document }: Row): Promise<Answer> {
  try {
    const value = await transform(document)
    if (value === undefined) throw new TypeError('the function returned nothing; null makes the field empty')
    // As it will be sent; an object of the app may change until then.
    const sent = JSON.parse(JSON.stringify(value, refuseLost)) as unknown
    return { kind: 'value', value: { id, version, value: sent } }
  } catch (error) {
    return failureOf({ id, version }, error instanceof Error ? error.message : String(error))
  }
}

/** That a document has no value, and why. */
export function failureOf(
  { id, version }: { readonly id: string; readonly version?: string },
  message: string,
): Answer {
  const told = message.trim() === '' ? 'the function failed' : message.slice(0, 1000)
  return { kind: 'failure', failure: { id, ...(version === undefined ? {} : { version }), message: told } }
}

/** What JSON would leave out or make null without a word. */
function refuseLost(_key: string, value: unknown): unknown {
  const isLost =
    typeof value === 'function' ||
    typeof value === 'symbol' ||
    typeof value === 'bigint' ||
    (typeof value === 'number' && !Number.isFinite(value))
  if (isLost) throw new TypeError(`the function returned ${shown(value)}, which no document can hold`)
  return value
}

function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : `a ${typeof value}`
}
