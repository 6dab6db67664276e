/** Which branches get environments. */
export interface Followed {
  /** Patterns, where `*` stands for any letters, slashes too. */
  readonly branches: readonly string[]
  readonly ignore: readonly string[]
}

/** Whether a branch gets an environment of its own; the default branch of a repository never does. */
export function isFollowed({ branches, ignore }: Followed, branch: string, defaultBranch?: string): boolean {
  if (branch === defaultBranch) return false
  const fits = (pattern: string) => fitsPattern(pattern, branch)
  return branches.some(fits) && !ignore.some(fits)
}

/** In one pass, whatever the pattern: a regular expression with many stars could take for ever. */
function fitsPattern(pattern: string, text: string): boolean {
  const [start = '', ...rest] = pattern.split('*')
  const end = rest.pop()
  if (end === undefined) return pattern === text
  if (!text.startsWith(start) || !text.endsWith(end) || text.length < start.length + end.length) return false
  const last = text.length - end.length
  let at = start.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > last) return false
    at = found + part.length
  }
  return true
}
