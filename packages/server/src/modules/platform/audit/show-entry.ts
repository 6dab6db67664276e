import type { KeptEntry } from './entry.ts'

/** An entry as it is answered. */
export function showEntry(entry: KeptEntry) {
  const { actorKind: kind, actorId: id, actorName: name, before, after, ...rest } = entry
  return { ...rest, actor: { kind, id, name }, before: read(before), after: read(after) }
}

function read(json: string | null): unknown {
  return json === null ? null : JSON.parse(json)
}
