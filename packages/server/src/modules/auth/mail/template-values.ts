import type { AnyMailVariables, MailKind } from './kinds.ts'
import { templateVariables } from './kinds.ts'
import { builtInWords } from './built-in.ts'

interface ValuesOptions {
  readonly kind: MailKind
  readonly language: string
  readonly appName: string
  readonly to: string
  readonly variables: AnyMailVariables
}

/** What stands in a template for its variables: everything is text, in the language of the mail. */
export function templateValues({ kind, language, appName, to, variables }: ValuesOptions) {
  const words = builtInWords(language)
  const all: Record<string, string> = {
    appName,
    email: to,
    link: variables.link ?? '',
    code: variables.code ?? '',
    newEmail: variables.newEmail ?? '',
    expiresIn: duration(language, variables.expiresInSeconds ?? 0),
    device: variables.device ?? words.unknown,
    place: variables.place ?? words.unknown,
    time: variables.atMs === undefined ? '' : time(language, variables.atMs),
    headline: variables.headline ?? '',
    summary: variables.summary ?? '',
    measured: variables.measured ?? '',
    factor: variables.factor === undefined ? '' : words.factors[variables.factor],
    change: variables.change === undefined ? '' : words.changes[variables.change],
  }
  return Object.fromEntries(templateVariables[kind].map(name => [name, all[name]!]))
}

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** `15 minutes`, `1 hour`, `2 days`: the largest unit that says it exactly enough. */
function duration(language: string, seconds: number): string {
  const [unit, length] = units.find(([, length]) => seconds >= length && seconds % length === 0) ?? [
    'minute',
    60,
  ]
  const format = new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' })
  return format.format(Math.max(1, Math.round(seconds / length)))
}

function time(language: string, atMs: number): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return `${format.format(atMs)} UTC`
}
