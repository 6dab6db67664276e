/**
 * schema: an app's structure as it stands in code, and the migrations that lead there.
 *
 * How it flows: definitions are compared with what is there and become a plan; a migration's operations are folded over
 * the structure and become plans as well. Plans are carried out by data, in one transaction with whatever else the
 * migration does and with its row in schema_migrations.
 *
 * Guarantees: a migration is applied as a whole or not at all; taking it back brings values back; what was edited after
 * it was applied, what is missing and what two branches disagree about is told before anything is changed.
 * It is not: how tables change (data), or the files migrations stand in (the command line).
 */
import { defineModule } from '../../kernel/module.ts'
import { data } from '../data/module.ts'
import { platform } from '../platform/module.ts'
import { changeRoutes } from './changes/change-routes.ts'
import { migrationsCopier } from './copy-migrations.ts'
import { migrationRoutes } from './migration-routes.ts'
import { deskRoutes } from './sql/desk-routes.ts'
import { structureRoutes } from './structure-routes.ts'

export const schema = defineModule({
  name: 'schema',
  needs: { data, platform },
  environmentMigrations: new URL('./environment/', import.meta.url),
  start({ db, vault }, { data: structure, platform: { authorOf } }) {
    const deps = { db, data: structure }
    return {
      routes: [
        ...structureRoutes(deps, authorOf),
        ...migrationRoutes(deps, authorOf),
        ...changeRoutes(deps, authorOf),
        ...deskRoutes({ db, vault }, authorOf),
      ],
      environmentCopier: migrationsCopier,
    }
  },
})
