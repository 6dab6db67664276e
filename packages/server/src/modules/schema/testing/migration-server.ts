import assert from 'node:assert/strict'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { ProblemBody } from '@cloudbox/protocol/problem'
import type { Migration, MigrationOperation } from '@cloudbox/protocol/schema'
import type { MigratedDown, MigratedUp, MigrationsReply } from '@cloudbox/protocol/schema-replies'
import { raw } from '../../../kernel/sql.ts'
import { startTestServer, type TestServer } from '../../../testing/start-test-server.ts'
import type { Cleanup } from '../../../testing/test-database.ts'

/** A server whose environment is changed by migrations. */
export interface MigrationServer extends TestServer {
  ask<T>(method: string, path: string, body?: unknown, status?: number): Promise<T>
  up(...migrations: readonly Migration[]): Promise<MigratedUp>
  /** The problem that migrations are refused with; asserts that nothing was changed. */
  refused(...migrations: readonly Migration[]): Promise<ProblemBody>
  down(count?: number): Promise<string[]>
  status(): Promise<MigrationsReply>
  /** Runs SQL as the platform, in which `@name` stands for a table of the environment. */
  run(text: string): Promise<Record<string, unknown>[]>
  /** Definitions, rows and migrations: everything that has to stay as it is when something fails. */
  everything(): Promise<{ readonly trash: readonly Record<string, unknown>[] } & Record<string, unknown>>
}

export async function migrationServer(cleanup: Cleanup): Promise<MigrationServer> {
  const server = await startTestServer(cleanup)
  const { db, environment } = server
  let runs = 0
  const run: MigrationServer['run'] = text =>
    db.query(
      raw(
        `${text.replaceAll(/(?<!\w)@(\w+)/g, (_, name) => `"${environment.schema}"."${name}"`)} -- ${++runs}`,
      ),
    )
  const ask: MigrationServer['ask'] = async (method, path, body, status = 200) => {
    const answer = await server.request(method, path, body === undefined ? {} : { body })
    assert.equal(answer.status, status, JSON.stringify(answer.body))
    return answer.body as never
  }
  const status = () => ask<MigrationsReply>('GET', '/schema/migrations')
  const everything = async () => {
    const { collections } = await ask<{ collections: CollectionDefinition[] }>('GET', '/schema')
    const rows: unknown[] = []
    for (const { name } of collections)
      rows.push(name, await run(`select to_jsonb(t)::text as row from @${name} t order by 1`))
    const trash = await run('select plan, step, collection, field from @data_trash order by id')
    const objects = await run(
      `select relname from pg_class where relnamespace = '"${environment.schema}"'::regnamespace
       and relname !~ '^(auth|data|schema)_' order by relname`,
    )
    return { collections, rows, migrations: (await status()).applied, trash, objects }
  }
  return {
    ...server,
    ask,
    run,
    status,
    everything,
    up: (...migrations) => ask('POST', '/schema/migrations', { migrations }),
    async refused(...migrations) {
      const before = await everything()
      const answer = await server.request('POST', '/schema/migrations', { body: { migrations } })
      assert.ok(answer.status >= 400 && answer.status < 500, JSON.stringify(answer.body))
      assert.deepEqual(await everything(), before)
      return answer.body as ProblemBody
    },
    down: async (count = 1) => (await ask<MigratedDown>('POST', '/schema/migrations/down', { count })).undone,
  }
}

/** `migration('2_add', ['1_create'], …)` */
export function migration(
  name: string,
  parents: readonly string[],
  ...operations: readonly MigrationOperation[]
): Migration {
  return { name, parents: [...parents], operations: [...operations] }
}
