import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { failure } from '../failure.ts'

/** What may lie in a folder that counts as empty. */
const harmless = new Set(['.git', '.DS_Store'])

/**
 * Name of the package for a folder.
 * @throws Failure `cli/usage` when npm would not take it
 */
export function packageNameOf(folder: string): string {
  const name = basename(folder)
  if (/^[a-z0-9][a-z0-9._~-]{0,213}$/.test(name) && name !== 'node_modules' && name !== 'favicon.ico')
    return name
  const better = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 214)
  throw failure(
    'usage',
    `"${name}" cannot be the name of a package: lower-case letters, digits, "-", "." and "_", a letter or digit first.`,
    better === '' || better === name ? 'Take another one.' : `Take ${better}, for example.`,
  )
}

/** A folder that is being filled: all or nothing. */
export interface NewFolder {
  /** @param path - with slashes */
  write(path: string, content: Uint8Array): Promise<void>
  /** Takes away what was made in it, and it itself where it was not there before. */
  undo(): Promise<void>
}

/** @throws Failure `cli/folder-not-empty` */
export async function newFolder(folder: string): Promise<NewFolder> {
  const before = await entriesOf(folder)
  const inTheWay = before?.filter(name => !harmless.has(name)) ?? []
  if (inTheWay.length > 0)
    throw failure(
      'folder-not-empty',
      `${folder} is not empty: ${inTheWay.slice(0, 3).join(', ')}${inTheWay.length > 3 ? ', …' : ''}.`,
      'Give another folder; nothing is ever written over.',
    )
  const firstMade = firstMissing(folder)
  await mkdir(folder, { recursive: true })
  return {
    async write(path, content) {
      const target = join(folder, ...path.split('/'))
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, content, { flag: 'wx' })
    },
    async undo() {
      if (firstMade !== undefined) return rm(firstMade, { recursive: true, force: true })
      const kept = new Set(before)
      for (const name of await readdir(folder))
        if (!kept.has(name)) await rm(join(folder, name), { recursive: true, force: true })
    },
  }
}

/** The uppermost folder that has to be made. */
function firstMissing(folder: string): string | undefined {
  let missing: string | undefined
  for (let each = resolve(folder); !existsSync(each); each = dirname(each)) missing = each
  return missing
}

async function entriesOf(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'ENOTDIR') throw failure('folder-not-empty', `${folder} is a file.`, 'Give another folder.')
    throw error
  }
}
