import { httpProblems } from '@cloudbox/protocol/http'
import type { Environment } from '../../kernel/caller.ts'
import { Problem } from '../../kernel/problem.ts'
import { route, type Route } from '../../kernel/route.ts'
import { readStaticPage } from '../../kernel/static-page.ts'
import type { DescribedCollections } from './described.ts'
import { DocumentCache, etagOf } from './document-cache.ts'
import { platformOpenApi } from './platform-openapi.ts'

export interface ReferenceOptions {
  /** Every endpoint of the server; read with each request, for it is complete only once all modules have started. */
  readonly routes: readonly Route[]
  collections(environment: Environment): Promise<DescribedCollections>
  /** The key the page of a dev environment starts with. */
  publishableKey(environmentId: string): Promise<string | undefined>
}

export function referenceRoutes({ routes, collections, publishableKey }: ReferenceOptions): Route[] {
  const documents = new DocumentCache()
  const page = readStaticPage(new URL('./page/', import.meta.url))

  return [
    route(
      'GET /openapi.json',
      {
        summary: 'This API as an OpenAPI 3.1 document',
        description: 'It tells what your key can call: with the secret key everything.',
        access: 'key',
        permission: 'reference.read',
        hidden: true,
      },
      async ({ environment, caller, origin, headers }) => {
        const { text, etag } = documents.get({
          environment,
          base: origin + pathOf(environment),
          routes,
          collections: await collections(environment),
          reader: caller.kind === 'secret' ? 'secret' : 'publishable',
        })
        const caching = { etag, 'cache-control': 'private, no-cache', vary: 'apikey, authorization' }
        if (matches(headers['if-none-match'], etag)) return { status: 304, headers: caching }
        return { headers: caching, jsonText: text }
      },
    ),

    route(
      'GET /platform/openapi.json',
      {
        summary: 'The management API as an OpenAPI 3.1 document',
        access: 'anyone',
        scope: 'platform',
        hidden: true,
      },
      ({ origin }) => {
        const text = JSON.stringify(platformOpenApi(routes, origin))
        return { headers: { etag: etagOf(text), 'cache-control': 'no-cache' }, jsonText: text }
      },
    ),

    route(
      'GET /docs',
      { summary: 'This API to read and try in the browser', access: 'anyone', hidden: true },
      async ({ environment }) =>
        page.html(`${pathOf(environment)}/v1/docs`, {
          title: `${environment.project}/${environment.name}`,
          apiPath: `${pathOf(environment)}/v1`,
          // Filled into the key field: never a secret.
          publishableKey: (environment.dev ? await publishableKey(environment.id) : undefined) ?? '',
        }),
    ),

    route(
      'GET /docs/:version/:file',
      { summary: 'A file of the page', access: 'anyone', hidden: true },
      ({ params }) => {
        const file = page.file(params.version, params.file)
        if (file !== undefined) return file
        throw new Problem(httpProblems['not-found'], `The page has no file ${params.file}.`)
      },
    ),
  ]
}

function pathOf({ project, name }: Environment): string {
  return `/${project}/${name}`
}

function matches(header: string | string[] | undefined, etag: string): boolean {
  const known = [header ?? []].flat().flatMap(text => text.split(','))
  return known.some(text => text.trim().replace(/^W\//, '') === etag || text.trim() === '*')
}
