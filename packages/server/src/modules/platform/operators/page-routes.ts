import { httpProblems } from '@cloudbox/protocol/http'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { readStaticPage } from '../../../kernel/static-page.ts'

const titles = { 'set-up': 'Set up', join: 'Join', home: 'Home' } as const

/** The pages of operators: one shell, which asks the management API for all it shows. Tokens of links stay behind the `#`. */
export function operatorPageRoutes(): Route[] {
  const page = readStaticPage(new URL('./page/', import.meta.url))
  const show = (view: keyof typeof titles) => page.html('/v1/platform/page', { view, title: titles[view] })
  const shown = { access: 'anyone', scope: 'platform', hidden: true } as const

  return [
    route('GET /platform/set-up', { ...shown, summary: 'The page that makes the owner' }, () =>
      show('set-up'),
    ),
    route('GET /platform/join', { ...shown, summary: 'The page behind an invitation' }, () => show('join')),
    route('GET /platform/home', { ...shown, summary: 'The page of an operator' }, () => show('home')),
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
