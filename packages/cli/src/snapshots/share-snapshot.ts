import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { at } from '../api.ts'
import { Failure, failure } from '../failure.ts'
import type { EnvironmentApi } from '../project/environment-api.ts'
import { checkFile, type CheckedFile } from './read-file.ts'

export interface WantedShare {
  readonly name: string
  /** Where to. */
  readonly path: string
  /** The same for people. */
  readonly shown: string
  /** Personal values as they are. */
  readonly personal: boolean
  readonly passwords: boolean
}

/** Writes a snapshot of an environment into a file: all of it or no file. */
export async function shareSnapshot(
  api: EnvironmentApi,
  { name, path, shown, personal, passwords }: WantedShare,
): Promise<CheckedFile & { readonly bytes: number }> {
  if (existsSync(path))
    throw failure('usage', `There is a file ${shown} already.`, 'Choose another with --out FILE.')
  const query = new URLSearchParams({
    values: personal ? 'as-they-are' : 'made-up',
    passwords: String(passwords),
  })
  const answer = await api.open(`${at`/platform/snapshots/${name}/file`}?${query.toString()}`)
  const draft = `${path}.part`
  try {
    // What is in it is for whoever it is given to.
    const file = createWriteStream(draft, { mode: 0o600 })
    await pipeline(Readable.fromWeb(answer.body! as never), createGzip(), file).catch((error: unknown) => {
      if (error instanceof Failure || 'path' in (error as object)) throw error
      throw failure(
        'not-whole',
        'The server ended in the middle of its answer.',
        'Try again; its log says why.',
      )
    })
    const checked = await checkFile(draft, shown)
    await rename(draft, path)
    return { ...checked, bytes: (await stat(path)).size }
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
