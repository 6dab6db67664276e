import type { ChangeBatchBody, ChangeBatchReply } from '@cloudbox/protocol/schema-changes'
import { at } from '../api.ts'
import { Failure } from '../failure.ts'
import type { EnvironmentApi } from '../project/environment-api.ts'
import { failureOf, type Answer } from './compute-values.ts'

/** Far below what a server takes as one body, and few writes to be made again when one of them is refused. */
const maxBytes = 512 * 1024

/** Codes of problems that are about one value and not about the request. */
const aboutValues = new Set(['data/invalid-document', 'http/body-too-large'])

/** Sends what a function made of documents. A value that the server cannot read becomes a failure of its document. */
export async function sendAnswers(
  api: EnvironmentApi,
  change: string,
  answers: readonly Answer[],
): Promise<void> {
  for (const piece of inPieces(answers)) await sendPiece(api, change, piece)
}

async function sendPiece(api: EnvironmentApi, change: string, answers: readonly Answer[]): Promise<void> {
  const body: ChangeBatchBody = {
    values: answers.flatMap(one => (one.kind === 'value' ? [one.value] : [])),
    failures: answers.flatMap(one => (one.kind === 'failure' ? [one.failure] : [])),
    limit: 0,
  }
  try {
    await api.post<ChangeBatchReply>(at`/schema/changes/${change}/batch`, body)
  } catch (error) {
    if (!(error instanceof Failure) || !aboutValues.has(error.body.code)) throw error
    const [only, ...others] = answers
    if (others.length === 0) {
      if (only?.kind !== 'value') throw error
      return sendPiece(api, change, [failureOf(only.value, error.body.detail)])
    }
    // Which one it was is not told.
    const half = Math.ceil(answers.length / 2)
    await sendPiece(api, change, answers.slice(0, half))
    await sendPiece(api, change, answers.slice(half))
  }
}

/** Cuts answers into pieces that fit into a body each; one that is larger is a piece of its own. */
function* inPieces(answers: readonly Answer[]): Generator<Answer[]> {
  let piece: Answer[] = []
  let bytes = 0
  for (const answer of answers) {
    const size = Buffer.byteLength(JSON.stringify(answer))
    if (piece.length > 0 && bytes + size > maxBytes) {
      yield piece
      piece = []
      bytes = 0
    }
    piece.push(answer)
    bytes += size
  }
  if (piece.length > 0) yield piece
}
