/**
 * auth: who the end users of an environment are. Until accounts come, users are simulated: the secret key signs a
 * test token for any uid and claims.
 *
 * How it flows: a bearer token is verified once with the environment's own key and then recognised (no query);
 * Postgres verifies the same token in `cb.claims()` for direct SQL connections.
 *
 * Guarantees: a token of another environment, forged or expired is refused, everywhere.
 * It is not: keys of environments (platform), or what a user may do (policies, data).
 */
import type { Caller, Environment } from '../../kernel/caller.ts'
import { defineModule } from '../../kernel/module.ts'
import { platform } from '../platform/module.ts'
import { authRoutes } from './routes.ts'
import { signingKey } from './signing-keys.ts'
import { tokenReader } from './token-reader.ts'

export { usersCollection } from './users-collection.ts'

export const auth = defineModule({
  name: 'auth',
  needs: { platform },
  migrations: new URL('./migrations/', import.meta.url),
  environmentMigrations: new URL('./environment/', import.meta.url),
  start({ db, gate }) {
    const keys = new Map<string, Promise<Buffer>>()
    const readers = new Map<string, (token: string) => Caller>()

    const keyOf = (environment: Environment): Promise<Buffer> => {
      const known = keys.get(environment.id)
      if (known !== undefined) return known
      const key = signingKey(db, environment)
      keys.set(environment.id, key)
      key.catch(() => keys.delete(environment.id))
      return key
    }

    gate.readToken = (environment, token) => {
      const reader = readers.get(environment.id)
      if (reader !== undefined) return reader(token)
      return keyOf(environment).then(key => {
        const fresh = tokenReader(key, environment.id, Date.now)
        readers.set(environment.id, fresh)
        return fresh(token)
      })
    }

    return { routes: authRoutes(keyOf) }
  },
})
