import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The keys of the first environment as this machine knows them: the database keeps only a hash of the secret one. */
export interface LocalKeys {
  readonly environmentId: string
  readonly secretKey: string
}

/** Keys kept in the data directory, readable by its owner only. Undefined when they are of another environment. */
export async function readLocalKeys(dataDir: string, environmentId: string): Promise<LocalKeys | undefined> {
  const text = await readFile(path(dataDir), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const keys = JSON.parse(text) as LocalKeys
  return keys.environmentId === environmentId ? keys : undefined
}

export async function writeLocalKeys(dataDir: string, keys: LocalKeys): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const partial = `${path(dataDir)}.new`
  await writeFile(partial, JSON.stringify(keys), { mode: 0o600 })
  await rename(partial, path(dataDir))
}

function path(dataDir: string): string {
  return join(dataDir, 'keys.json')
}
