import type { EventChange } from '../stream.ts'

/** Reads an event from the log. Anyone may write a message of our prefix; undefined for what is not an event of ours. */
export function readEvent(content: string): EventChange | undefined {
  try {
    const { event, payload } = JSON.parse(content) as { event?: unknown; payload?: unknown }
    return typeof event === 'string' ? { kind: 'event', name: event, payload } : undefined
  } catch {
    return undefined
  }
}
