/**
 * reference: the manual of an environment's API, as data (OpenAPI 3.1) and as a page to read and try; of the management
 * API as data.
 *
 * How it flows: the server's routes and the environment's collections → openapi.ts (pure) → `/v1/openapi.json`; the
 * page at `/v1/docs` reads that document with the reader's own key and sends requests to this server only.
 *
 * Guarantees: nobody is told of an operation, collection or field their key cannot reach; the page loads nothing from
 * elsewhere; a document is written once for each version of the collections.
 * It is not: guides, or the reference of the client library.
 */
import { defineModule } from '../../kernel/module.ts'
import { data } from '../data/module.ts'
import { platform } from '../platform/module.ts'
import { referenceRoutes } from './routes.ts'

export const reference = defineModule({
  name: 'reference',
  paths: ['docs', 'openapi.json'],
  needs: { data, platform },
  start({ routes }, { data, platform }) {
    return {
      routes: referenceRoutes({
        routes,
        collections: environment => data.collections(environment),
        publishableKey: environmentId => platform.publishableKey(environmentId),
      }),
    }
  },
})
