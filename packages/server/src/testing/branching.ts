import assert from 'node:assert/strict'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Environment } from '../kernel/caller.ts'
import type { CopyPlan } from '../kernel/copy-environment.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { defineModule } from '../kernel/module.ts'
import { id, raw } from '../kernel/sql.ts'
import { startTestServer, type TestServer } from './start-test-server.ts'
import type { Cleanup } from './test-database.ts'
import { platform } from '../modules/platform/module.ts'

/** A server whose environment can be copied. */
export interface BranchingServer extends TestServer {
  readonly kernel: Kernel
  /** An environment that is migrated and empty. */
  empty(name: string): Promise<Environment>
  /** A copy of the server's environment, or of another one. */
  branch(name: string, plan?: Partial<CopyPlan>, from?: Environment): Promise<Environment>
  createKey(environmentId: string, kind?: 'secret' | 'publishable'): Promise<string>
  define(...definitions: CollectionDefinition[]): Promise<void>
  /** Runs SQL in which `@name` stands for a table of an environment: the server's own, unless told. */
  run<R extends Record<string, unknown>>(text: string, environment?: Environment): Promise<R[]>
}

/** Starts it; the kernel is what a module of the product gets. */
export async function startBranchingServer(cleanup: Cleanup): Promise<BranchingServer> {
  let seen:
    | { kernel: Kernel; make: (name: string) => Promise<Environment>; key: BranchingServer['createKey'] }
    | undefined
  const module = defineModule({
    name: 'brancher',
    needs: { platform },
    start(kernel, { platform: environments }) {
      const make = (name: string) =>
        environments.ensureEnvironment({ organisation: 'test', project: 'test', name, dev: true })
      seen = {
        kernel,
        make,
        key: (environmentId, kind = 'secret') => environments.createKey(environmentId, kind),
      }
      return {}
    },
  })
  const server = await startTestServer(cleanup, { extraModules: [module] })
  const { kernel, make, key } = seen!
  let runs = 0
  return {
    ...server,
    kernel,
    empty: make,
    createKey: key,
    async branch(name, plan = {}, from = server.environment) {
      const to = await make(name)
      await kernel.copyEnvironment(from, to, { data: 'all', secrets: false, ...plan })
      return to
    },
    async define(...definitions) {
      for (const body of definitions) {
        const answer = await server.request('POST', '/data/$collections', { body })
        assert.equal(answer.status, 201, JSON.stringify(answer.body))
      }
    },
    run: (text, { schema } = server.environment) => {
      const table = (_: string, name: string) => id(schema, name).parts[0]!
      // Each text is new: a statement that stays prepared fails when the types it answers change.
      return server.db.query(raw(`${text.replaceAll(/(?<![\w'])@(\w+)/g, table)} -- ${++runs}`))
    },
  }
}
