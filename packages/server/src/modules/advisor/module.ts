/**
 * advisor: what would make an environment faster.
 *
 * How it flows: statements that Postgres has counted → their plans → where rows are read only to be thrown away (plans/)
 * → indexes that may help (candidates, pure) → each made on a copy of the documents and planned with again (workbench) →
 * advice with the statements it serves. In dev environments a slow list is explained in its own answer.
 *
 * Guarantees: the environment's tables are only read; only statements the platform itself sent are planned.
 * It is not: what makes indexes (schema, data), or a record of requests (monitoring).
 */
import { defineModule } from '../../kernel/module.ts'
import { data } from '../data/module.ts'
import { advisorConfig } from './config.ts'
import { explainSlowList } from './explain-slow-list.ts'
import { advisorRoutes } from './routes.ts'

export const advisor = defineModule({
  name: 'advisor',
  needs: { data },
  config: advisorConfig,
  start({ db, log, config }, { data }) {
    data.slowLists.explainWith(config.slowReadMs, explainSlowList)
    const { collections, indexesOf } = data
    return { routes: advisorRoutes({ db, log, collections, indexesOf }) }
  },
})
