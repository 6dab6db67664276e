import { httpProblems } from '@cloudbox/protocol/http'
import { Problem } from '../../kernel/problem.ts'
import { route, type Reply, type Route } from '../../kernel/route.ts'
import { pageHeaders } from '../../kernel/static-page.ts'
import type { Build } from './read-build.ts'

/** Names of these files tell their content. */
const immutable = '_app/immutable/'

export function consoleRoutes(build: Build): Route[] {
  const shown = { access: 'anyone', scope: 'root', hidden: true } as const

  const page = async (): Promise<Reply> => {
    const built = await build.page()
    if (built === undefined)
      throw new Problem(httpProblems['not-found'], 'The console has not been built.', {
        hint: 'npm start builds it. While you work on it: npm run dev -w packages/console.',
      })
    const { html, etag, scripts } = built
    const headers = pageHeaders({
      'script-src': `'self' ${scripts.join(' ')}`,
      // Editors and charts measure and place what they draw.
      'style-src': "'self' 'unsafe-inline'",
      'img-src': "'self' data: blob:",
      'font-src': "'self'",
      // `mail` writes frames in which no script runs.
      'trusted-types': 'svelte-trusted-html mail',
    })
    return { headers: { ...headers, etag }, body: html }
  }

  return [
    route('GET /console', { ...shown, summary: 'The console' }, page),
    route(
      'GET /console/*',
      { ...shown, summary: 'A page or a file of the console' },
      async ({ params, headers }) => {
        const path = (params as Readonly<Record<string, string>>)['*'] ?? ''
        const file = await build.file(path, String(headers['accept-encoding'] ?? ''))
        if (file === undefined) {
          if (!path.startsWith('_app/')) return page()
          throw new Problem(httpProblems['not-found'], `The console has no file ${path}.`, {
            hint: 'It may have been replaced by a newer one: load the page anew.',
          })
        }
        const { content, type, encoding } = file
        return {
          headers: {
            'content-type': type,
            'cache-control': path.startsWith(immutable) ? 'public, max-age=31536000, immutable' : 'no-cache',
            'cross-origin-resource-policy': 'same-origin',
            vary: 'accept-encoding',
            ...(encoding !== undefined && { 'content-encoding': encoding }),
          },
          body: content,
        }
      },
    ),
  ]
}
