import { createHash, timingSafeEqual } from 'node:crypto'
import { httpProblems } from '@cloudbox/protocol/http'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route, type RouteRequest } from '../../../kernel/route.ts'

type Asking = Pick<RouteRequest<string, { summary: string; access: 'anyone' }>, 'headers' | 'ip'>

/**
 * What Prometheus asks for. Closed: to those who show the token, or where none is set, to programs of this machine.
 * Whoever may not read it is answered as if it were not there.
 */
export function metricsRoute(token: string, write: () => Promise<string>): Route {
  return route(
    'GET /metrics',
    { summary: 'Figures of the whole server for Prometheus', access: 'anyone', scope: 'root', hidden: true },
    async request => {
      if (!mayRead(request, token))
        throw new Problem(httpProblems['not-found'], 'Nothing answers at /metrics.', {
          hint: 'Set MONITORING_METRICS_TOKEN and show it as a bearer token.',
        })
      return {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
        body: await write(),
      }
    },
  )
}

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])
/** How programs of this machine call it. */
const ownHost = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i

function mayRead({ headers, ip }: Asking, token: string): boolean {
  if (token !== '') return isSame(headers.authorization, `Bearer ${token}`)
  // What a proxy of this machine passes on comes from elsewhere, and what a page asks for goes elsewhere.
  const isOfOther = ['x-forwarded-for', 'forwarded', 'origin'].some(name => headers[name] !== undefined)
  return loopback.has(ip) && ownHost.test(String(headers.host)) && !isOfOther
}

function isSame(shown: string | string[] | undefined, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return typeof shown === 'string' && timingSafeEqual(hash(shown), hash(wanted))
}
