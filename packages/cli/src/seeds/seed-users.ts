import { at } from '../api.ts'
import { Failure } from '../failure.ts'
import type { Target } from '../project/target.ts'
import type { RawDocument } from './read-seed-file.ts'

/** Makes the accounts that are not there; one that is stays as it is, whoever has changed it since. */
export async function seedUsers(
  { api }: Target,
  users: readonly RawDocument[],
  counts: { created: number; unchanged: number },
): Promise<void> {
  for (const { document, place } of users) {
    const isThere = await api.get(at`/auth/users/${String(document['id'])}`).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Failure && error.body.code === 'auth/user-not-found') return false
        throw error
      },
    )
    if (isThere) {
      counts.unchanged++
      continue
    }
    try {
      await api.post('/auth/users', { emailVerified: document['email'] !== undefined, ...document })
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      throw new Failure({ ...error.body, detail: `${place}: ${error.body.detail}` }, error.exitCode)
    }
    counts.created++
  }
}
