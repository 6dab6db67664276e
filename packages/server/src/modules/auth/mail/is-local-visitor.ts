interface Visitor {
  readonly ip: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

const loopbackAddress = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/
const loopbackHost = /^(localhost|[\w.-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i

/**
 * Whether the request was made by somebody who sits at this computer, and not by a page from elsewhere in his browser:
 * such a page may ask this server (any app may), also under a name that it made point to this computer. Nor by
 * somebody behind a proxy on this computer.
 */
export function isLocalVisitor({ ip, headers }: Visitor): boolean {
  const { host, origin } = headers
  const site = headers['sec-fetch-site']
  return (
    loopbackAddress.test(ip) &&
    typeof host === 'string' &&
    loopbackHost.test(host) &&
    (site === undefined || site === 'same-origin' || site === 'none') &&
    (origin === undefined || origin === `http://${host}`) &&
    ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].every(name => headers[name] === undefined)
  )
}
