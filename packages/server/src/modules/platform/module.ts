/**
 * platform: organisations, projects, environments and keys.
 *
 * How it flows: environments and keys live in `cloudbox.platform_*` and, all of them, in memory (registry); the gate
 * asks the registry for every request, so finding the environment and checking the key costs no query.
 * A change writes an event with its transaction; every process hears it in the change stream and loads anew.
 *
 * Guarantees: an environment is one Postgres schema and one role; secret keys are kept as hashes only.
 * It is not: accounts of end users (auth), or what is inside an environment (data …).
 */
import { defineModule } from '../../kernel/module.ts'
import { on } from '../../kernel/events.ts'
import {
  createEnvironment,
  createKey,
  environmentsChanged,
  publishableKey,
  type NewEnvironment,
} from './environments.ts'
import type { KeyKind } from './keys.ts'
import { Registry } from './registry.ts'
import { platformRoutes } from './routes.ts'

export const platform = defineModule({
  name: 'platform',
  migrations: new URL('./migrations/', import.meta.url),
  async start({ db, gate, migrateEnvironment }) {
    const registry = new Registry(db)
    gate.findEnvironment = (project, name) => registry.find(project, name)
    gate.checkKey = (environment, credentials) => registry.checkKey(environment, credentials)
    await registry.load()

    return {
      api: {
        environments: () => registry.environments,
        /** The environment of that name, made with everything it needs when there is none yet. */
        async ensureEnvironment(wanted: NewEnvironment) {
          if (registry.find(wanted.project, wanted.name) === undefined) {
            await createEnvironment(db, wanted)
            await registry.load()
          }
          const environment = registry.find(wanted.project, wanted.name)!
          await migrateEnvironment(environment)
          return environment
        },
        /** The publishable key of an environment, if it has one. */
        publishableKey: (environmentId: string) => publishableKey(db, environmentId),
        /** The publishable key of an environment, made when there is none yet. */
        async ensurePublishableKey(environmentId: string) {
          const known = await publishableKey(db, environmentId)
          if (known !== undefined) return known
          const key = await createKey(db, environmentId, 'publishable')
          await registry.load()
          return key
        },
        async createKey(environmentId: string, kind: KeyKind) {
          const key = await createKey(db, environmentId, kind)
          await registry.load()
          return key
        },
      },
      routes: platformRoutes(db, registry),
      listeners: [on(environmentsChanged, () => registry.load())],
      ready: async () => {
        for (const environment of registry.environments) await migrateEnvironment(environment)
      },
    }
  },
})
