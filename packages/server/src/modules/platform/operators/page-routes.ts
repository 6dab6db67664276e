import { httpProblems } from '@cloudbox/protocol/http'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { readStaticPage } from '../../../kernel/static-page.ts'

const titles = { 'set-up': 'Set up', join: 'Join' } as const

/** The pages behind links for operators: one shell, which asks the management API for all it shows. Tokens stay behind the `#`. */
export function operatorPageRoutes(): Route[] {
  const page = readStaticPage(new URL('./page/', import.meta.url))
  const show = (view: keyof typeof titles) => page.html('/v1/platform/page', { view, title: titles[view] })
  const shown = { access: 'anyone', scope: 'platform', hidden: true } as const

  return [
    route('GET /platform/set-up', { ...shown, summary: 'The page that makes the owner' }, () =>
      show('set-up'),
    ),
    route('GET /platform/join', { ...shown, summary: 'The page behind an invitation' }, () => show('join')),
    // Bookmarks of the page that was before the console.
    route('GET /platform/home', { ...shown, summary: 'The console' }, () => ({
      status: 302,
      headers: { location: '/console' },
    })),
    route(
      'GET /platform/page/:version/:file',
      { ...shown, summary: 'A file of the pages' },
      ({ params: { version, file: name } }) => {
        const file = page.file(version, name)
        if (file !== undefined) return file
        throw new Problem(httpProblems['not-found'], `The page has no file ${name}.`)
      },
    ),
  ]
}
