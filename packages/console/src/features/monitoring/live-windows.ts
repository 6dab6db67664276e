import type { LiveWindow } from '@cloudbox/protocol/monitoring'
import { basePath, open, type EnvironmentPath } from '#session/ask.ts'

const retryMs = 5000

/** Hears of every finished window until the signal says stop; comes back by itself after a lost connection. */
export async function followWindows(
  place: EnvironmentPath,
  hear: (window: LiveWindow) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await open('GET', `${basePath(place)}/monitoring/live`, { signal })
      await readEvents(response, data => hear(JSON.parse(data) as LiveWindow))
    } catch {
      // Whatever it was: the page has what it had, and asks again.
    }
    if (!signal.aborted) await new Promise(resolve => setTimeout(resolve, retryMs))
  }
}

async function readEvents(response: Response, hear: (data: string) => void): Promise<void> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const events = (rest + value).split('\n\n')
    rest = events.pop()!
    for (const event of events) {
      const data = event
        .split('\n')
        .flatMap(line => (line.startsWith('data:') ? [line.slice(5).trimStart()] : []))
        .join('\n')
      if (data !== '') hear(data)
    }
  }
}
