import { toJs } from '@cloudbox/policy/to-js'
import type { Decision, Outcome } from '@cloudbox/protocol/realtime'
import type { RowChange } from '../../kernel/stream.ts'
import type { Clause, LiveQuery, ModelRow } from '../data/module.ts'
import type { Found } from './look-up.ts'

/** What a change meant, and why. */
export type Verdict = Pick<Decision, 'outcome' | 'why' | 'key'>

/** One version of a document: which conditions keep it out. */
interface Version {
  readonly isVisible: boolean
  readonly matches: boolean
  /** The first condition that is not true of it. */
  readonly reason: string
}

/**
 * Makes the judge of single changes. Unless `isFull`, it answers as if documents the caller may not see did not
 * exist: undefined when neither version is visible, and a hidden one is like a missing one.
 */
export function reasoner(
  query: LiveQuery,
  found: Found,
  isFull: boolean,
): (change: RowChange) => Verdict | undefined {
  const { policy, filter } = query.clauses()
  const test = (clause: Clause) => tester(clause, found)
  const policies = policy.map(test)
  const filters = filter.map(test)

  const read = (model: ModelRow | undefined): Version | undefined => {
    if (model === undefined) return undefined
    const hiding = policies.find(({ isTrue }) => !isTrue(model))
    if (hiding !== undefined) {
      const hidden = { isVisible: false, matches: false, reason: `policy: ${hiding.text}` }
      return isFull ? hidden : undefined
    }
    const failing = filters.find(({ isTrue }) => !isTrue(model))
    return { isVisible: true, matches: failing === undefined, reason: `filter: ${failing?.text}` }
  }

  return change => {
    const oldRow = change.old && query.readRow(change.table, change.old)
    const newRow = change.new && query.readRow(change.table, change.new)
    const before = read(oldRow)
    const after = read(newRow)
    if (before === undefined && after === undefined) return undefined
    // Of what the caller may see.
    const key = query.keyOf((after === undefined ? oldRow : newRow)!)
    const verdict = (outcome: Outcome, why: string): Verdict => ({ key, outcome, why })
    if (after?.matches === true) {
      if (before?.matches === true) return verdict('update', 'it matched before and matches now')
      const was = before === undefined ? 'it was not there before' : `not before (${before.reason})`
      return verdict('enter', `it matches now, ${was}`)
    }
    if (before?.matches === true) {
      const gone = isFull ? 'it was deleted' : 'it was deleted, or is not yours to see any more'
      return verdict('leave', after === undefined ? gone : `no longer true: ${after.reason}`)
    }
    const isHidden = !before?.isVisible && !after?.isVisible
    const reasons = [...new Set([before, after].flatMap(version => version?.reason ?? []))]
    return verdict(isHidden ? 'hidden by policy' : 'not matched', `not true: ${reasons.join(', then ')}`)
  }
}

/** A condition as a test of rows. One whose look-ups found more than is kept hides everything rather than too little. */
function tester({ text, bound, lookups }: Clause, found: Found) {
  const sets = lookups.flatMap(({ key }) => found.get(key) ?? [])
  const isTrue = toJs(bound)
  const where = [...new Set(lookups.map(({ collection }) => collection.name))].join(' and ')
  return {
    text: lookups.length === 0 ? text : `${text} (looked up in ${where}, as it is now)`,
    isTrue: (row: ModelRow) => sets.length === lookups.length && isTrue(row, undefined, sets),
  }
}
