import { networkInterfaces } from 'node:os'
import { domainToASCII } from 'node:url'
import type { ServerConfig } from './server-config.ts'

type Mutable = { -readonly [Key in keyof ServerConfig]: ServerConfig[Key] }

/** Whether this server ends TLS itself. */
export function hasTls({ domain, tlsCert }: Pick<ServerConfig, 'domain' | 'tlsCert'>): boolean {
  return domain !== '' || tlsCert !== ''
}

/**
 * What follows from TLS: the usual ports of the web, open to the network, unless something else was given.
 *
 * @param given keys that somebody has set
 * @param mistakes gets what does not go together
 */
export function settleTls(server: Mutable, given: ReadonlySet<string>, mistakes: string[]): void {
  if ((server.tlsCert === '') !== (server.tlsKey === ''))
    mistakes.push('--tls-cert and --tls-key: one needs the other')
  if (!hasTls(server)) return
  if (server.domain !== '' && server.tlsCert !== '')
    mistakes.push('--domain and --tls-cert: either certificates are asked for, or you bring your own')
  if (server.domain !== '' && server.httpPort === -1)
    mistakes.push('--http-port: with --domain the CA asks on port 80')
  const names = server.domain.split(',').map(name => name.trim())
  server.domain = names.map(name => asciiName(name, mistakes)).join(',')
  if (!given.has('port')) server.port = 443
  if (!given.has('host')) server.host = hasIpv6() ? '::' : '0.0.0.0'
  if (server.publicUrl === '' && server.domain !== '') {
    const port = server.port === 443 || server.port === 0 ? '' : `:${server.port}`
    server.publicUrl = `https://${server.domain.split(',')[0]}${port}`
  }
  checkDirectory(server.acmeDirectory, mistakes)
}

function asciiName(name: string, mistakes: string[]): string {
  const ascii = domainToASCII(name)
  if (name.includes('*'))
    mistakes.push(
      `--domain: ${name} is a wildcard, which a CA proves by DNS only: name each, or bring --tls-cert`,
    )
  else if (name !== '' && !/^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/.test(ascii))
    mistakes.push(`--domain: "${name}" is no name of the DNS like api.example.com`)
  return ascii
}

function checkDirectory(text: string, mistakes: string[]): void {
  const url = URL.parse(text)
  const isHere = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)) return
  mistakes.push(`--acme-directory: "${text}" is no https:// address`)
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some(list => list?.some(({ family }) => family === 'IPv6'))
}
