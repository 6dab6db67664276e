import { CloudBoxError } from './cloudbox-error.ts'
import { readAnswer, requestError, type ApiRequest, type Open } from './request.ts'

/**
 * The documents of a list one by one, as they come; rejects when the answer is cut, so that a part is never taken for
 * the whole. The request ends when nobody reads on.
 */
export async function* streamRows<Row>(
  open: Open,
  request: ApiRequest,
): AsyncGenerator<Row, void, undefined> {
  const leaving = new AbortController()
  const signal = request.signal ? AbortSignal.any([request.signal, leaving.signal]) : leaving.signal
  try {
    const response = await open({ ...request, signal, headers: { accept: 'application/x-ndjson' } })
    if (!response.ok || response.body === null) {
      const { error } = await readAnswer(response)
      if (error === null) return
      throw error
    }
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield JSON.parse(line) as Row
    }
    if (rest !== '') throw new Error('The answer ends within a document')
  } catch (error) {
    throw error instanceof CloudBoxError ? error : requestError(error, request.signal)
  } finally {
    leaving.abort()
  }
}
