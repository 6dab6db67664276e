import type { SchemaApplied, SchemaReply } from '@cloudbox/protocol/schema-replies'
import { existsSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { EnvironmentApi } from '../project/environment-api.ts'
import type { Project } from '../project/find-project.ts'
import { readText } from '../project/load-module.ts'
import { loadSchema, schemaPath } from '../project/load-schema.ts'
import { pushSchema } from '../project/push-schema.ts'
import { writeBack } from '../project/write-schema.ts'
import { typesPath, writeTypes } from '../project/write-types.ts'
import type { Reporter } from './reporter.ts'

/** The way from the file to the environment and back, without either being an echo of the other. */
export interface SchemaSync {
  /** Makes the environment what the file says. */
  push(): Promise<void>
  /** Makes the file say what the environment is, when somebody else has changed it; `accept` takes the file as known. */
  pull(accept: () => Promise<void>): Promise<void>
}

/** More steps are counted. */
const shownSteps = 8

export function schemaSync(project: Project, api: EnvironmentApi, say: Reporter): SchemaSync {
  /** Of the environment, as we have made or seen it last. */
  let known: SchemaReply['versions'] | undefined
  /** The file as we have written it. */
  let written: string | undefined
  const file = 'cloudbox/schema.ts'

  /** Where an app has them; most import them from the schema itself. */
  const renewTypes = async () => {
    if (!existsSync(typesPath(project))) return
    const { collections } = await loadSchema(project)
    const { file: types, isChanged } = await writeTypes(project, collections)
    if (isChanged) say.done('types', { file: types }, `${types} written`)
  }
  const look = () => api.get<SchemaReply>('/schema')
  return {
    push: async () => {
      const isFirst = known === undefined
      if (written !== undefined && written === (await readText(schemaPath(project)))) return
      written = undefined
      const startedAtMs = performance.now()
      const applied = await pushSchema(project, { api })
      known = (await look()).versions
      await renewTypes()
      const ms = performance.now() - startedAtMs
      if (applied.steps.length === 0 && !isFirst)
        say.done('schema', applied, `${file}: nothing to change`, ms)
      else if (applied.steps.length > 0) tell(say, applied, ms)
    },
    pull: async accept => {
      const { collections, versions } = await look()
      if (isDeepStrictEqual(versions, known)) return
      known = versions
      const startedAtMs = performance.now()
      const { state, byHand } = await writeBack(project, collections)
      written = await readText(schemaPath(project))
      await renewTypes()
      await accept()
      const ms = performance.now() - startedAtMs
      if (state !== 'unchanged')
        say.done('schema-file', { file, state }, `${file} follows the environment`, ms)
      for (const { at, message } of byHand)
        say.note('by-hand', { at, message }, `${at} ${message}`, 'Change it there.')
    },
  }
}

function tell(say: Reporter, applied: SchemaApplied, ms: number): void {
  const { steps, plan } = applied
  const sentences = steps.slice(0, shownSteps).map(({ sentence }) => sentence)
  const more = steps.length - sentences.length
  const all = [...sentences, ...(more > 0 ? [`and ${more} more`] : [])].join(' ')
  say.done('schema', applied, all, ms)
  const dropped = steps.filter(({ isDestructive }) => isDestructive)
  if (dropped.length === 0) return
  const what = dropped.map(({ collection, field }) =>
    field === undefined ? collection : `${collection}.${field}`,
  )
  say.note(
    'trashed',
    { plan, steps: dropped },
    `What was in ${what.join(', ')} is in the trash for 14 days.`,
    `Bring it back: cloudbox schema undo ${plan}`,
  )
}
