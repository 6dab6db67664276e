import type { ServerConfig } from './kernel/server-config.ts'
import type { Notice } from './kernel/module.ts'
import { hasTls } from './kernel/tls-settings.ts'

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/** What is not as it should be in production, as far as the server's own settings tell. */
export function productionNotices(settings: ServerConfig, isRoot: boolean): Notice[] {
  const { host, publicUrl } = settings
  const notices: Notice[] = []
  if (loopback.has(host) && publicUrl === '')
    notices.push({
      code: 'server/local-only',
      detail: 'Only programs on this machine reach this server.',
      hint: 'Without a proxy, --domain api.example.com opens it with TLS; behind one, name its address with --public-url.',
    })
  if (!loopback.has(host) && !hasTls(settings))
    notices.push({
      code: 'server/no-tls',
      detail: 'Passwords and data travel unencrypted.',
      hint: 'Use --domain, or put a proxy in front that ends TLS, with --host 127.0.0.1.',
    })
  if (isRoot)
    notices.push({
      code: 'server/root',
      detail: 'The server runs as root.',
      hint: 'Start it as a user of its own.',
    })
  return notices
}
