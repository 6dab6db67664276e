import { existsSync } from 'node:fs'
import { Failure } from '../../failure.ts'
import { readText } from '../../project/load-module.ts'
import { loadSchema, schemaPath } from '../../project/load-schema.ts'
import { printTypes } from '../../project/print-types.ts'
import { typesPath } from '../../project/write-types.ts'
import { ok, problem, warning, type Check } from '../check.ts'

export const schema: Check = {
  name: 'schema',
  title: 'Schema',
  look: async ({ project }) => {
    if (project === undefined) return []
    if (!existsSync(schemaPath(project)))
      return [warning('There is no cloudbox/schema.ts.', 'cloudbox schema pull, or write one')]
    try {
      const { collections } = await loadSchema(project)
      const count = `${collections.length} collection${collections.length === 1 ? '' : 's'}`
      const loaded = ok(`cloudbox/schema.ts loads: ${count}.`)
      const types = await readText(typesPath(project))
      if (types === undefined) return [loaded]
      if (types === printTypes(collections)) return [loaded, ok('cloudbox/types.ts is as it should be.')]
      return [loaded, warning('cloudbox/types.ts is not what cloudbox/schema.ts says.', 'cloudbox types')]
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { detail, hint, errors: [first] = [] } = error.body
      const found = first === undefined ? detail : `${detail} ${first.at} ${first.message}`
      return [problem(found, hint ?? 'Mend the file; "cloudbox dev" applies it on save.')]
    }
  },
}
