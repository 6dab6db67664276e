/** The known name that is most like a mistyped one, or undefined when none is near enough to suggest. */
export function closestName(wanted: string, known: Iterable<string>): string | undefined {
  const target = wanted.toLowerCase()
  // A third of the letters may be wrong: `tilte` finds `title`, `cat` does not find `dog`.
  let best = Math.max(1, Math.floor(wanted.length / 3)) + 1
  let closest: string | undefined
  for (const name of known) {
    const distance = editDistance(target, name.toLowerCase(), best)
    if (distance < best) {
      best = distance
      closest = name
    }
  }
  return closest
}

/** Insertions, deletions, replacements and swaps of neighbours between two texts; `limit` when there are as many or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cost = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return Math.min(last[b.length]!, limit)
}
