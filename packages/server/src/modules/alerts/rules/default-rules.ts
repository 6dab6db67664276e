import type { RuleDraft } from '@cloudbox/protocol/alerts'

/** A rule with everything that was left out filled in. */
export type RuleDefinition = Required<RuleDraft>

/** What a draft is, whole. */
export function completeRule(draft: RuleDraft): RuleDefinition {
  return {
    isOn: true,
    severity: 'page',
    channels: null,
    remindMinutes: 240,
    resolveMinutes: 5,
    ...draft,
  }
}

/** What a rule is without what else is known of it. */
export function definitionOf(rule: RuleDefinition): RuleDefinition {
  const { name, condition, isOn, severity, channels, remindMinutes, resolveMinutes } = rule
  return { name, condition, isOn, severity, channels, remindMinutes, resolveMinutes }
}

/** Rules of every environment until somebody changes them: what users notice, and nothing that only may be a cause. */
export const defaultRules: ReadonlyMap<string, RuleDefinition> = new Map([
  [
    'failed-requests',
    completeRule({
      name: 'Requests fail',
      condition: { kind: 'burn-rate', bad: 'failed', target: 0.999, minCount: 100, minBad: 5 },
    }),
  ],
  [
    'slow-requests',
    completeRule({
      name: 'Requests are slow',
      condition: {
        kind: 'burn-rate',
        bad: 'slow',
        slowMs: 1000,
        target: 0.99,
        minCount: 100,
        minBad: 10,
      },
    }),
  ],
])
