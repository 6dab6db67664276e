import type { SchemaApplied } from '@cloudbox/protocol/schema-replies'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { targetOf, targetOptions } from '../project/target.ts'

export const schemaUndo = command({
  name: 'schema undo',
  summary: 'Take back a change of structure, with the data it threw away',
  description:
    'What was dropped lies in the trash of its environment for 14 days. "cloudbox dev" names the plan whenever it drops something.',
  arguments: { plan: { description: 'The plan to take back' } },
  options: targetOptions,
  examples: ['cloudbox schema undo 01a2288c-1bd2-7a79-ac9b-04a42a33c29b'],
  run: async (setting, { arguments: { plan }, options }) => {
    const { api } = await targetOf(setting, options)
    const undone = await api.post<SchemaApplied>(at`/schema/plans/${plan}/undo`)
    return { json: undone, text: undone.steps.map(({ sentence }) => sentence).join('\n') }
  },
})
