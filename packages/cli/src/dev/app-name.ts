import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** The longest name of a project. */
const longest = 28

/** What an app is called as a project: the name in its package.json, else that of its folder. */
export async function appName(root: string): Promise<string> {
  const text = await readFile(join(root, 'package.json'), 'utf8').catch(() => '{}')
  return projectName(nameIn(text) ?? basename(root))
}

/** A name that addresses take: `@acme/My App` is `my-app`. */
export function projectName(text: string): string {
  const words = text
    .replace(/^@[^/]*\//, '')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '')
  const name = words
    .join('-')
    .replace(/^[0-9-]+/, '')
    .slice(0, longest)
    .replace(/-$/, '')
  return name === '' || taken.has(name) ? `app${name === '' ? '' : `-${name}`}` : name
}

/** First words of addresses that are the server's own. */
const taken = new Set(['v1', 'console', 'docs', 'health', 'ready', 'metrics', 'rest', 'auth', 'assets'])

function nameIn(text: string): string | undefined {
  try {
    const { name } = JSON.parse(text) as { name?: unknown }
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    // Whoever needs more of the file says what is wrong with it.
    return undefined
  }
}
