import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SchemaReply } from '@cloudbox/protocol/schema-replies'
import { command } from '../command.ts'
import { projectHere } from '../project/find-project.ts'
import { readText, shown } from '../project/load-module.ts'
import { loadSchema } from '../project/load-schema.ts'
import { printTypes } from '../project/print-types.ts'
import { targetOf, targetOptions } from '../project/target.ts'

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
    const text = printTypes(collections)
    if (options.stdout === true) return { json: { text }, text: text.trimEnd() }
    const path = join(project.folder, 'types.ts')
    const file = shown(project, path)
    const isChanged = (await readText(path)) !== text
    if (isChanged) {
      await mkdir(project.folder, { recursive: true })
      await writeFile(path, text)
    }
    return { json: { file, isChanged }, text: isChanged ? `Wrote ${file}.` : `${file} is as it should be.` }
  },
})
