import type { AlertCondition, AlertRule, RuleDraft, Severity } from '@cloudbox/protocol/alerts'
import { metrics, type Metric } from '@cloudbox/protocol/metrics'
import type { OperationKind } from '@cloudbox/protocol/monitoring'

/** A rule as it is typed: numbers are texts in the units that people read. */
export interface RuleForm {
  name: string
  /** `failed` and `slow` are budgets. */
  watch: 'failed' | 'slow' | 'threshold'
  /** In percent. */
  target: string
  slowMs: string
  metric: Metric
  of: OperationKind
  operation: string
  is: 'above' | 'below'
  value: string
  minutes: string
  minCount: string
  noDataIsBreach: boolean
  severity: Severity
  /** Null: all. */
  channels: string[] | null
  remindMinutes: string
  resolveMinutes: string
}

/** What is wrong with it, by its field. */
export type Mistakes = Partial<Record<keyof RuleForm, string>>

const factors = { share: 0.01, bytes: 1_000_000, ms: 1, count: 1 } as const
const unitTexts = { share: '%', bytes: 'MB', ms: 'ms', count: '' } as const
const sums = new Set<Metric>(['count', 'errors', 'refused', 'database', 'rows', 'bytesIn', 'bytesOut'])

/** In what a value of a figure is typed. */
export function unitOf(metric: Metric): string {
  const unit = unitTexts[metrics[metric].unit]
  return sums.has(metric) ? `${unit} a minute`.trim() : unit
}

export const emptyForm: RuleForm = {
  name: '',
  watch: 'threshold',
  target: '99.9',
  slowMs: '1000',
  metric: 'p95',
  of: 'request',
  operation: '',
  is: 'above',
  value: '500',
  minutes: '5',
  minCount: '50',
  noDataIsBreach: false,
  severity: 'page',
  channels: null,
  remindMinutes: '240',
  resolveMinutes: '5',
}

/** What many want, to begin with. */
export const presets: readonly { readonly label: string; readonly form: Partial<RuleForm> }[] = [
  {
    label: 'Requests are slow',
    form: {
      name: 'Requests are slow',
      watch: 'threshold',
      metric: 'p95',
      is: 'above',
      value: '500',
      minutes: '5',
      minCount: '50',
    },
  },
  {
    label: 'Many fail now',
    form: {
      name: 'Many requests fail',
      watch: 'threshold',
      metric: 'errorRate',
      is: 'above',
      value: '5',
      minutes: '2',
      minCount: '20',
    },
  },
  {
    label: 'Nobody comes',
    form: {
      name: 'No requests',
      watch: 'threshold',
      metric: 'count',
      is: 'below',
      value: '1',
      minutes: '15',
      minCount: '0',
    },
  },
  {
    label: 'Changes come late',
    form: {
      name: 'Live queries are late',
      watch: 'threshold',
      metric: 'p99',
      of: 'delivery',
      is: 'above',
      value: '200',
      minutes: '5',
      minCount: '20',
    },
  },
  {
    label: 'Sign-ins are refused',
    form: {
      name: 'Many sign-ins are refused',
      watch: 'threshold',
      metric: 'count',
      of: 'account',
      operation: 'refused',
      is: 'above',
      value: '30',
      minutes: '5',
      minCount: '0',
    },
  },
  {
    label: 'Storage grows',
    form: {
      name: 'Storage grows',
      watch: 'threshold',
      metric: 'storage',
      is: 'above',
      value: '5000',
      minutes: '0',
      minCount: '0',
      severity: 'ticket',
    },
  },
  {
    label: 'Budget of failures',
    form: { name: 'Too many requests fail', watch: 'failed', target: '99.9', minCount: '100' },
  },
  {
    label: 'Budget of slow ones',
    form: {
      name: 'Too many requests are slow',
      watch: 'slow',
      target: '99',
      slowMs: '1000',
      minCount: '100',
    },
  },
]

/** A rule that is there, to be changed. */
export function formOf({ name, condition, severity, channels, ...rule }: AlertRule): RuleForm {
  return {
    ...emptyForm,
    ...fieldsOf(condition),
    name,
    severity,
    channels: channels === null ? null : [...channels],
    remindMinutes: String(rule.remindMinutes),
    resolveMinutes: String(rule.resolveMinutes),
  }
}

/** What a condition is in the fields that show it. */
function fieldsOf(condition: AlertCondition): Partial<RuleForm> {
  const { operation = '' } = condition
  if (condition.kind === 'burn-rate')
    return {
      operation,
      watch: condition.bad,
      target: tidy(condition.target * 100),
      slowMs: String(condition.slowMs ?? emptyForm.slowMs),
      minCount: String(condition.minCount ?? 100),
    }
  const { metric, of = 'request', is, value, minutes, minCount = 0, noData } = condition
  return {
    operation,
    watch: 'threshold',
    metric,
    of,
    is,
    value: tidy(value / factors[metrics[metric].unit]),
    minutes: String(minutes),
    minCount: String(minCount),
    noDataIsBreach: noData === 'breach',
  }
}

/**
 * What is typed as a condition; undefined while something is missing or wrong.
 *
 * @param own of the rule that is changed: of it stays what was not edited, and what no field shows
 */
export function conditionOf(
  form: RuleForm,
  own?: AlertCondition,
): { condition?: AlertCondition; mistakes: Mistakes } {
  const typed = typedIn(form)
  if (own === undefined || typed.condition?.kind !== own.kind) return typed
  const shown: Members = typedIn({ ...emptyForm, ...fieldsOf(own) }).condition ?? {}
  const now: Members = typed.condition
  const edited = Object.keys({ ...shown, ...now }).filter(key => shown[key] !== now[key])
  const kept = Object.entries(own).filter(([key]) => !edited.includes(key))
  const set = Object.entries(now).filter(([key]) => edited.includes(key))
  return { condition: Object.fromEntries([...kept, ...set]) as AlertCondition, mistakes: {} }
}

type Members = Readonly<Record<string, unknown>>

function typedIn(form: RuleForm): { condition?: AlertCondition; mistakes: Mistakes } {
  const mistakes: Mistakes = {}
  const number = (
    field: 'target' | 'slowMs' | 'value' | 'minutes' | 'minCount',
    least: number,
    most: number,
    isWhole = true,
  ) => {
    const value = form[field].trim() === '' ? NaN : Number(form[field])
    if (Number.isNaN(value) || (isWhole && !Number.isInteger(value)))
      mistakes[field] = isWhole ? 'A whole number.' : 'A number.'
    else if (value < least || value > most) mistakes[field] = `From ${least} to ${most.toLocaleString('en')}.`
    return value
  }
  const operation = form.operation.trim()
  const only = operation === '' ? {} : { operation }
  if (form.watch !== 'threshold') {
    const target = number('target', 50, 99.999, false)
    const minCount = number('minCount', 1, 1e9)
    const slow = form.watch === 'slow' ? { slowMs: number('slowMs', 1, 3_600_000) } : {}
    if (Object.keys(mistakes).length > 0) return { mistakes }
    const share = Number((target / 100).toFixed(7))
    return {
      condition: { kind: 'burn-rate', bad: form.watch, target: share, minCount, ...slow, ...only },
      mistakes,
    }
  }
  const { metric, of, is } = form
  const { unit, ofOperations } = metrics[metric]
  const value = number('value', 0, unit === 'share' ? 100 : 1e15 / factors[unit], false)
  const minutes = number('minutes', 0, 1440)
  const minCount = ofOperations ? number('minCount', 0, 1e9) : 0
  if (Object.keys(mistakes).length > 0) return { mistakes }
  return {
    condition: {
      kind: 'threshold',
      metric,
      is,
      value: Number((value * factors[unit]).toPrecision(12)),
      minutes,
      ...(ofOperations && { of, minCount, ...only }),
      ...(form.noDataIsBreach && { noData: 'breach' }),
    },
    mistakes,
  }
}

/** The whole rule, as it is sent. */
export function draftOf(form: RuleForm, condition: AlertCondition): RuleDraft {
  const { name, severity, channels, remindMinutes, resolveMinutes } = form
  return {
    name: name.trim(),
    condition,
    severity,
    channels,
    remindMinutes: Number(remindMinutes),
    resolveMinutes: Number(resolveMinutes),
  }
}

function tidy(value: number): string {
  return String(Number(value.toPrecision(10)))
}
