import type { ProblemBody } from '@cloudbox/protocol/problem'
import type { ClientFrame, ServerFrame } from '@cloudbox/protocol/realtime'
import type { Carrier, LineEvents } from './line.ts'

/**
 * Carries frames by one request: all of ours in its body, the server's as the events of its answer. What it has been
 * sent once is all it takes.
 */
export function carryByEvents(
  post: (body: string, signal: AbortSignal) => Promise<Response>,
  events: LineEvents,
): Carrier {
  const abort = new AbortController()
  const run = async (frames: readonly ClientFrame[]) => {
    const response = await post(JSON.stringify({ frames }), abort.signal)
    if (response.ok && response.body) return read(response.body, events)
    const problem = (await response.json()) as ProblemBody
    // What did not come from CloudBox has no code: something on the way answered, or nothing.
    if (!problem.code) return
    events.frame({ t: 'err', problem })
    events.closed(4000 + response.status, problem.code)
  }
  queueMicrotask(() => events.opened())
  return {
    send(frames) {
      const end = () => events.closed(1006, '')
      run(frames).then(end, end)
    },
    close: () => abort.abort(),
  }
}

async function read(body: ReadableStream<Uint8Array>, events: LineEvents): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop()!
    // Each event of CloudBox has one line of data.
    for (const line of lines)
      if (line.startsWith('data:')) events.frame(JSON.parse(line.slice(5)) as ServerFrame)
  }
}
