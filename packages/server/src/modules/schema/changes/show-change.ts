import type { OnlineChangeReply } from '@cloudbox/protocol/schema-changes'
import type { OnlineChange } from '../../data/module.ts'

/** An online change as it is told. */
export function showChange({ step, ...change }: OnlineChange): OnlineChangeReply {
  const { id, kind, collection, field, index, state, phase } = change
  const { rowsTotal, rowsDone, quarantined, error, plan, startedAt, endedAt } = change
  return {
    ...{ id, kind, collection, field, index, sentence: step.sentence, state, phase },
    isByClient: step.kind === 'change-field' && step.using !== undefined && 'client' in step.using,
    ...{ rowsTotal, rowsDone, quarantined, error, plan, startedAt, endedAt },
  }
}
