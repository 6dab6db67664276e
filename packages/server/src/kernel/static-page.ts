import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Reply } from './route.ts'

/** One HTML page and its files, read from disk once. */
export interface StaticPage {
  /**
   * @param path where the page is, e.g. `/demo/dev/v1/docs`; its files are below, `{{files}}` in the page
   * @param values what stands in the page for `{{name}}`, escaped
   */
  html(path: string, values: Readonly<Record<string, string>>): Reply
  /** One of the page's files, or undefined. Under its own version it never changes. */
  file(version: string, name: string): Reply | undefined
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Nothing is loaded from, sent to, or framed by anyone else. */
const strictPolicy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'",
}

const securityHeaders = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
}

/**
 * The headers of every HTML page.
 * @param policy directives of the content security policy that differ from the strictest
 */
export function pageHeaders(policy: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const directives = Object.entries({ ...strictPolicy, ...policy }).map(rule => rule.join(' '))
  return {
    'content-security-policy': directives.join('; '),
    ...securityHeaders,
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
  }
}

/**
 * Reads a page.
 * @param folder has `index.html` and the files it names
 * @param policy directives of the content security policy that differ from the strictest
 */
export function readStaticPage(folder: URL, policy: Readonly<Record<string, string>> = {}): StaticPage {
  const names = readdirSync(folder).filter(name => (name.split('.').at(-1) ?? '') in types)
  const files = new Map(names.map(name => [name, readFileSync(new URL(name, folder))]))
  const shell = readFileSync(new URL('index.html', folder), 'utf8')
  const hash = createHash('sha256')
  for (const [name, content] of files) hash.update(name).update(content)
  const version = hash.digest('hex').slice(0, 12)
  const headers = pageHeaders(policy)

  return {
    html: (path, values) => {
      const filled: Readonly<Record<string, string>> = { ...values, files: `${path}/${version}` }
      return {
        headers,
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
