import { defineEvent } from '../../../kernel/events.ts'

/** The structure or the policies of collections of an environment changed: made, altered, renamed or dropped. */
export const collectionsChanged = defineEvent<{
  readonly environmentId: string
  /** Names before and after. */
  readonly names: readonly string[]
}>('data.collections-changed')
