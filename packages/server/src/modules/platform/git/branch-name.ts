import { createHash } from 'node:crypto'

const longest = 28
const hashLength = 7

/**
 * The name of the environment of a git branch: `feature/Login-Page` becomes `feature-login-page`. One that is too long, has
 * no letters or is taken gets the beginning of a hash of the branch.
 */
export function environmentName(branch: string, isTaken: (name: string) => boolean): string {
  const words = branch
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  // Names begin with a letter.
  const name = /^[a-z]/.test(words) ? words : `branch-${words}`
  if (name.length <= longest && words !== '' && !isTaken(name)) return name
  const hash = createHash('sha256').update(branch).digest('hex').slice(0, hashLength)
  const beginning = name.slice(0, longest - hashLength - 1).replace(/-+$/, '')
  return `${beginning}-${hash}`
}
