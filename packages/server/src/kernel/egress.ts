import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns'
import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { BlockList, isIP } from 'node:net'

/** Most an answer may weigh. */
const mostBytes = 1_048_576

/** Never an app's: what a machine tells only itself, such as the secrets of its cloud. */
const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16)
linkLocal.addSubnet('fe80::', 10, 'ipv6')
linkLocal.addAddress('fd00:ec2::254', 'ipv6')

/** Ranges that the public internet does not route (IANA special-purpose registries). */
const unrouted = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  unrouted.addSubnet(net, bits)
for (const [net, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['ff00::', 8],
] as const)
  unrouted.addSubnet(net, bits, 'ipv6')

/** As the agent all others share. */
const keeping = { keepAlive: true, scheduling: 'lifo', timeout: 5000 } as const

export interface Egress {
  /** Addresses of private networks and this computer may be asked as well, without TLS too. */
  readonly allowPrivate: boolean
  /** Longest time until the whole answer is there. */
  readonly timeoutMs: number
}

/**
 * A `fetch` for addresses that an app's settings name. The name is resolved once, and that very address is asked, so nobody
 * can answer a public address to the check and a private one to the request. Redirects are not followed. Connections are
 * kept for the next request of this very `fetch`: one that may reach private addresses lends none to one that may not.
 * @throws TypeError as `fetch` does, with the reason as its cause; it never names the address, which may be a secret
 */
export function guardedFetch({ allowPrivate, timeoutMs }: Egress): typeof fetch {
  const agents = { http: new HttpAgent(keeping), https: new HttpsAgent(keeping) }
  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input)
    if (!URL.canParse(address)) throw failed('this is no address')
    const { username, password } = new URL(address)
    if (username !== '' || password !== '') throw failed('an address with a name or password is not asked')
    const request = new Request(input, init)
    const url = new URL(request.url)
    const isPlain = url.protocol === 'http:' && allowPrivate
    if (url.protocol !== 'https:' && !isPlain) throw failed(`${url.protocol} is not asked`)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !mayAsk(host, allowPrivate)) throw failed(`${host} is a private address`)
    const body = Buffer.from(await request.arrayBuffer())
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)])
    const answer = await new Promise<IncomingMessage>((answered, refused) => {
      const ask = isPlain ? requestHttp : requestHttps
      ask(
        url,
        {
          method: request.method,
          headers: { ...Object.fromEntries(request.headers), 'content-length': body.length },
          agent: isPlain ? agents.http : agents.https,
          lookup: guardedLookup(allowPrivate),
          signal,
        },
        answered,
      )
        .on('error', refused)
        .end(body)
    }).catch((error: unknown) => {
      throw failed('fetch failed', error)
    })
    return toResponse(answer)
  }
}

async function toResponse(answer: IncomingMessage): Promise<Response> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > mostBytes) throw failed('the answer is too large')
    pieces.push(piece)
  }
  const headers = new Headers()
  for (const [name, values] of Object.entries(answer.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  const status = answer.statusCode ?? 502
  const isEmpty = status === 204 || status === 205 || status === 304
  return new Response(isEmpty ? null : Buffer.concat(pieces), { status, headers })
}

function guardedLookup(allowPrivate: boolean) {
  return (
    host: string,
    options: LookupOptions,
    done: (error: Error | null, addresses: LookupAddress[] | string, family?: number) => void,
  ): void =>
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, [])
      const good = addresses.filter(({ address }) => mayAsk(address, allowPrivate))
      if (good.length === 0) return done(failed(`${host} is a private address`), [])
      if (options.all === true) return done(null, good)
      done(null, good[0]!.address, good[0]!.family)
    })
}

function mayAsk(address: string, allowPrivate: boolean): boolean {
  // An IPv4 address in the dress of an IPv6 one.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
  const family = isIP(mapped) === 6 ? 'ipv6' : 'ipv4'
  if (linkLocal.check(mapped, family)) return false
  return allowPrivate || !unrouted.check(mapped, family)
}

function failed(reason: string, cause?: unknown): TypeError {
  return new TypeError(reason, { cause })
}
