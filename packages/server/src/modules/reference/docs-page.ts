import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Reply } from '../../kernel/route.ts'

/** What one environment's page is filled in with. */
export interface DocsPageOptions {
  readonly title: string
  /** Path of the environment's API on this server: `/demo/dev/v1`. */
  readonly apiPath: string
  /** Filled into the key field; a publishable key or nothing, never a secret. */
  readonly publishableKey: string
}

/** The interactive manual: one HTML page and its files, read from disk once. */
export interface DocsPage {
  html(options: DocsPageOptions): Reply
  /** One of the page's files, or undefined. Under its own version it never changes. */
  file(version: string, name: string): Reply | undefined
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/**
 * The whole set, as on every page with a user's key on it: nothing is loaded from, sent to, or framed by anyone else.
 * `connect-src` is where "try it" goes: this server.
 */
const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
}

export function readDocsPage(): DocsPage {
  const folder = new URL('./page/', import.meta.url)
  const names = readdirSync(folder).filter(name => (name.split('.').at(-1) ?? '') in types)
  const files = new Map(names.map(name => [name, readFileSync(new URL(name, folder))]))
  const shell = readFileSync(new URL('index.html', folder), 'utf8')
  const hash = createHash('sha256')
  for (const [name, content] of files) hash.update(name).update(content)
  const version = hash.digest('hex').slice(0, 12)

  return {
    html: ({ title, apiPath, publishableKey }) => {
      const filled: Record<string, string> = {
        title,
        apiPath,
        publishableKey,
        files: `${apiPath}/docs/${version}`,
      }
      return {
        headers: {
          ...securityHeaders,
          'content-type': 'text/html; charset=utf-8',
          'cache-control': 'no-cache',
        },
        body: shell.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => escapeHtml(filled[name] ?? '')),
      }
    },
    file: (asked, name) => {
      const content = files.get(name)
      if (content === undefined) return undefined
      return {
        headers: {
          'content-type': types[name.split('.').at(-1)!]!,
          'cache-control': asked === version ? 'public, max-age=31536000, immutable' : 'no-cache',
          'cross-origin-resource-policy': 'same-origin',
        },
        body: content,
      }
    },
  }
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
