/** What is wrong with a schema or a migration as it is written. */
export class SchemaMistake extends Error {
  override readonly name = 'SchemaMistake'
  /** Where: names from the outside in, e.g. `['todos', 'fields', 'title']`; empty where the line that threw says it. */
  readonly at: readonly string[]

  constructor(at: readonly string[], message: string) {
    super(at.length === 0 ? message : `${at.join('.')}: ${message}`)
    this.at = at
  }
}

/** @throws SchemaMistake where something is named that there is not, which plain JavaScript lets pass. */
export function refuseUnknown(
  at: readonly string[],
  given: object,
  known: readonly string[],
  what: string,
): void {
  const unknown = Object.keys(given).find(key => !known.includes(key))
  if (unknown === undefined) return
  throw new SchemaMistake([...at, unknown], `${what} takes ${known.join(', ')}`)
}
