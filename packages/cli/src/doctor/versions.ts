/** Whether a version as npm counts it comes before another. */
export function isOlder(version: string, than: string): boolean {
  const [some, others] = [version, than].map(text => text.split(/[.-]/).slice(0, 3).map(Number))
  for (let i = 0; i < 3; i++) {
    const [one = 0, other = 0] = [some![i], others![i]]
    if (one !== other) return one < other
  }
  return false
}

/** Whether two parts of CloudBox are of one release: a patch more or less does not matter. */
export function isSameRelease(one: string, other: string): boolean {
  const line = (version: string) => version.split('.').slice(0, 2).join('.')
  return line(one) === line(other)
}
