import type { SchemaReply } from '@cloudbox/protocol/schema-replies'
import { command } from '../command.ts'
import { projectHere } from '../project/find-project.ts'
import { loadSchema } from '../project/load-schema.ts'
import { printTypes } from '../project/print-types.ts'
import { targetOf, targetOptions } from '../project/target.ts'
import { writeTypes } from '../project/write-types.ts'

export const types = command({
  name: 'types',
  summary: 'Write the types of all documents into cloudbox/types.ts',
  description:
    'Plain interfaces, made from cloudbox/schema.ts, or from an environment that is named. With the schema in code "import type { Schema } from \'./cloudbox/schema\'" does without.',
  options: {
    ...targetOptions,
    stdout: { type: 'boolean', description: 'Write them to standard output instead' },
  },
  examples: ['cloudbox types', 'cloudbox types --env production --project shop --stdout'],
  async run(setting, { options }) {
    const isRemote = options.env !== undefined || options.project !== undefined
    const project = projectHere(setting.cwd)
    const { collections } = isRemote
      ? await (await targetOf(setting, options)).api.get<SchemaReply>('/schema')
      : await loadSchema(project)
    if (options.stdout === true) {
      const text = printTypes(collections)
      return { json: { text }, text: text.trimEnd() }
    }
    const { file, isChanged } = await writeTypes(project, collections)
    return { json: { file, isChanged }, text: isChanged ? `Wrote ${file}.` : `${file} is as it should be.` }
  },
})
