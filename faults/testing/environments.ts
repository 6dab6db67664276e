import assert from 'node:assert/strict'
import { openDatabase, type Database } from '@cloudbox/server/kernel/db'
import { readConnectionUrl } from '@cloudbox/server/kernel/postgres/connection-url'
import { sql } from '@cloudbox/server/kernel/sql'
import { silentLog } from '@cloudbox/server/testing/test-cluster'
import type { TestContext } from 'node:test'
import type { ServerProcess } from './server-process.ts'

/** One of several environments of a server, with what it is called inside the database. */
export interface FaultEnvironment {
  readonly name: string
  readonly schema: string
  readonly role: string
  request(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>
}

const owner = { email: 'owner@example.com', password: 'correct horse battery staple' }

/** What a server is started with that {@link makeEnvironments} are wanted of. */
export const ownerFlags = ['--owner-email', owner.email, '--owner-password', owner.password]

/** Opens the database of a server, past it. */
export async function openBeside(t: TestContext, { databaseUrl }: ServerProcess): Promise<Database> {
  const connection = readConnectionUrl(databaseUrl) as Parameters<typeof openDatabase>[0]
  const db = await openDatabase(connection, { log: silentLog, poolSize: 4, statementTimeoutMs: 60_000 })
  t.after(() => db.close())
  return db
}

export async function makeEnvironments(
  server: ServerProcess,
  db: Database,
  count: number,
): Promise<FaultEnvironment[]> {
  const origin = `http://localhost:${server.port}`
  const ask = async <T>(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> => {
    const response = await fetch(`${origin}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    assert.ok(response.ok, text)
    return JSON.parse(text) as T
  }
  const { accounts } = await ask<{ accounts: { path: string; publishableKey: string } }>('/v1/platform')
  const { accessToken } = await ask<{ accessToken: string }>(`${accounts.path}/v1/auth/sign-in`, owner, {
    apikey: accounts.publishableKey,
  })
  const signed = { authorization: `Bearer ${accessToken}` }
  await ask('/v1/platform/organisations/default/projects', { name: 'many' }, signed)
  const environments: FaultEnvironment[] = []
  for (let n = 1; n <= count; n++) {
    const name = `e${n}`
    const path = '/v1/platform/projects/many/environments'
    await ask(path, { name }, signed)
    const { key } = await ask<{ key: string }>(
      `${path}/${name}/keys`,
      { kind: 'secret', name: 'all' },
      signed,
    )
    const [row] = await db.query<{ schema: string; role: string }>(sql`
      select schema_name as schema, role_name as role from cloudbox.platform_environments where name = ${name}`)
    environments.push({
      name,
      ...row!,
      request: async (method, rest, body) => {
        const response = await fetch(`${origin}/many/${name}/v1${rest}`, {
          method,
          headers: { apikey: key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const text = await response.text()
        return { status: response.status, body: text === '' ? null : JSON.parse(text) }
      },
    })
  }
  return environments
}
