/** How many statement texts have a name at once; rarer ones are sent unnamed. */
const namedLimit = 500

interface Named {
  readonly name: string
  usedAt: number
}

/**
 * Gives statements the names they are prepared under: the second time a text is seen, so that texts that never return
 * leave nothing prepared. The text that was used longest ago makes room for another.
 */
export function statementNames(): (text: string) => string {
  const named = new Map<string, Named>()
  const seenOnce = new Set<string>()
  let made = 0
  let uses = 0
  return text => {
    const known = named.get(text)
    if (known !== undefined) {
      known.usedAt = ++uses
      return known.name
    }
    if (!seenOnce.delete(text)) {
      if (seenOnce.size >= namedLimit) seenOnce.clear()
      seenOnce.add(text)
      return ''
    }
    if (named.size >= namedLimit) named.delete(leastUsed(named))
    const name = `s${made++}`
    named.set(text, { name, usedAt: ++uses })
    return name
  }
}

function leastUsed(named: ReadonlyMap<string, Named>): string {
  let oldest = ''
  let usedAt = Infinity
  for (const [text, known] of named) {
    if (known.usedAt < usedAt) [oldest, usedAt] = [text, known.usedAt]
  }
  return oldest
}
