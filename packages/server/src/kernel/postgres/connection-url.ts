import type { Connection } from '../db.ts'
import { StartProblem } from './start-problem.ts'

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…` as libpq does: `require` encrypts, `verify-ca` and
 * `verify-full` also check the certificate, `host=/folder` names a unix socket.
 */
export function readConnectionUrl(text: string): Connection {
  const url = parse(text)
  const { searchParams } = url
  const database = decodeURIComponent(url.pathname.slice(1))
  const user = decodeURIComponent(url.username) || searchParams.get('user')
  if (!user || !database) throw malformed(`it names no ${user ? 'database' : 'user'}`)
  return {
    host:
      searchParams.get('host') ?? (decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '') || 'localhost'),
    port: Number(url.port || searchParams.get('port') || 5432),
    user,
    password: decodeURIComponent(url.password) || undefined,
    database,
    ssl: sslOf(searchParams.get('sslmode')),
  }
}

function sslOf(mode: string | null): Connection['ssl'] {
  if (mode === 'require' || mode === 'no-verify') return { rejectUnauthorized: false }
  return mode === 'verify-ca' || mode === 'verify-full' ? true : undefined
}

function parse(text: string): URL {
  const url = URL.parse(text.replace(/^([a-z]+:\/\/[^/]*@)\//, '$1localhost/'))
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) throw malformed('it is no such address')
  return url
}

function malformed(why: string): StartProblem {
  return new StartProblem(
    'postgres/no-connection',
    `DATABASE_URL cannot be read: ${why}.`,
    'It looks like postgres://user:password@host:5432/database',
  )
}
